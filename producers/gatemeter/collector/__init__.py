"""Takes events that gateways post over HTTP, and answers once Kafka has stored them."""
