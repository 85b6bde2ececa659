package config

// Notify says of what a person is told while the window is not in front. All of it is on unless it is turned off.
type Notify struct {
	Tasks   bool `json:"tasks"`   // a task is done or failed
	Trouble bool `json:"trouble"` // a sandbox became unhealthy, or ended by itself
	Updates bool `json:"updates"` // a newer Berth exists, or a newer opencode for a sandbox
}
