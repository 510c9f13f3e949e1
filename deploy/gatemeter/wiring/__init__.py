"""How the parts are put together: stores opened, sinks and topics made ready."""
