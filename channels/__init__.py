"""Messaging channels. An adapter verifies, parses and sends; everything else is shared."""
