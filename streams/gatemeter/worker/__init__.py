"""One worker process: Faust application, driver, assignment and flushes."""
