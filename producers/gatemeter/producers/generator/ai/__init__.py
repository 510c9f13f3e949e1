"""What language models, tools and agents do behind the gateway, and the `ai` part of an event that tells of it."""
