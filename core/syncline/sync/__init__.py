"""The engine: observe, plan, guard, apply. So far: observe."""
