"""Widgets that several views draw: controls, figures, charts."""
