"""Suites of expectations, one module per table: derived from the contracts, plus what is particular."""
