"""What customers and numbers say: tickets and demand, goals and metrics, rollouts, experiments, launches, decisions."""
