"""The neutral access event and batches of decoded events."""
