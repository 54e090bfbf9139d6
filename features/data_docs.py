"""Data Docs: the page that Great Expectations renders of what it found, without what such a page fetches.

Its own pages load styles, scripts and a logo from a dozen places. Ours are made by its renderers and its templates,
and then cut down to what stands in the page itself, which forbids its reader to load or run anything.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import escape

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

_ELSEWHERE = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<(?:nav|footer)\b.*?</(?:nav|footer)>|"
    r"<a\b[^>]*href=[\"']https?:[^>]*>.*?</a>|url\([\"']?https?:[^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
_HEAD = """<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
td, th { padding: .2rem .8rem; border-bottom: 1px solid #d5dae1; text-align: left; }
.fa-check-circle::before { content: "✓"; } .fa-times::before, .fa-exclamation-triangle::before { content: "✗"; }
.text-success { color: #23713b; } .text-danger, .text-warning { color: #a32020; }
.collapse, .modal, .navbar, .sticky, .cooltip .top, [hidden] { display: none; }
</style>"""


def page(judged: ExpectationSuiteValidationResult, run_id: str, as_of: datetime) -> str:
    """One HTML page of what was found on one table, which needs nothing but itself."""
    for result in judged.results:  # the templates take both for HTML
        result.expectation_config.description = escape(result.expectation_config.description or "")
        if isinstance(result.result.get("observed_value"), str):
            result.result["observed_value"] = escape(result.result["observed_value"])
    judged.meta["run_id"] = RunIdentifier(run_name=run_id, run_time=as_of)
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(judged)
    whole: str = DefaultJinjaPageView().render(document)
    return _ELSEWHERE.sub("", whole).replace("<head>", _HEAD, 1)
