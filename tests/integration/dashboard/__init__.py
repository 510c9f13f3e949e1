"""The tests of the dashboard. A package, so that they share one browser, which ends with the last of them."""
