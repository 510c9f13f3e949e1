"""Access logs of nginx: JSON of a log_format whose members are named as nginx's variables, and lines of `combined`."""
