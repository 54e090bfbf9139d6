"""Online lookup over HTTP: who calls, what is asked, the lookup that answers, and what is said of it all."""
