"""Composition: opens stores, prepares servers, and puts together how events are counted."""
