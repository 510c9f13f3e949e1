"""Log events as Kong's logging plugins write them."""
