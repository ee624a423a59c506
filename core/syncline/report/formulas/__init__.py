"""The arithmetic of reports: pure functions over values, one module for each family of definitions.

Nothing here reads a database, a clock or a file, or imports anything but the standard library and its neighbours.
Days are dates of the report zone, instants are aware, a zone is given where instants become days. Numbers are exact
(`exact`) until they are printed; roots, intervals and likelihoods are floats. A number that cannot be had is a
`Refusal` with its reason, never an exception and never an invented value.

| definitions | module |
|---|---|
| M1 RICE, M2 ICE, M3 quadrants | `scores`, `expressions` |
| M5 objectives and key results | `goals` |
| M6 progress of an item | `progress_of` |
| M7 started, done, cycle time, age, throughput; M10 flow efficiency; M11 Little's law | `stages`, `flow` |
| M8 percentiles | `percentiles` |
| M9 cumulative flow | `cumulative` |
| M12 sprints | `sprints` |
| M13 forecasts | `sample`, `forecast`, `curve` |
| M14 what became of forecasts | `track_record` |
| M15 health | `health` |
| M16 slips | `slips` |
| M17 net promoter score, M18 satisfaction | `surveys`, `intervals` |
| M19 support | `support` |
| M20 alerts | `alerts` |
| M21 rollouts | `rollouts` |
| M22 experiments | `experiments`, `intervals` |
| M23 before and after a launch, M24 predictions | `launches` |
| M25 freshness and coverage | `freshness` |
"""
