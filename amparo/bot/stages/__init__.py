"""The stages of a turn, one noun a module; `amparo.bot.turn.STAGES` is their order."""
