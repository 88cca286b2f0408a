"""The scenario language: TOML text in, checked scenarios out. `hil/scenario/LANGUAGE.md` describes it."""
