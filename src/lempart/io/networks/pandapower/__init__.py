"""pandapower nets and the JSON files that pandapower writes."""
