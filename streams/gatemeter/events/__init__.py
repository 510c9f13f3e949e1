"""The neutral access event, batches of decoded events, and the redaction of rejected ones."""
