"""Amparo: information and a warm handoff to a human counselor, over WhatsApp, SMS and Telegram."""

__version__ = "0.1.0"
