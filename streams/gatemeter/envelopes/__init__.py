"""What programs that carry logs wrap around the gateway's event: container runtimes, shippers, syslog, registries."""
