"""Flow, sprints, and what forecasts were worth: how work moves."""
