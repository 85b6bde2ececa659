package figure

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Name is a part of the benchmark: what is measured together, and can be measured alone.
type Name struct {
	Group, Name string
	About       string // what it measures, for when it was not
}

// The groups: one program each.
const (
	Window = "window" // ui/bench
	Engine = "engine" // engine/bench
)

// Parts are all parts, in the order of the table.
var Parts = []Name{
	{Engine, "pull", "pull of an image"},
	{Engine, "build", "build with a big context"},
	{Engine, "logs", "reading a log"},
	{Window, "event", "event to painted row"},
	{Window, "many", "containers listed and shown"},
	{Window, "start", "start of the process"},
	{Window, "memory", "memory"},
	{Window, "rest", "CPU at rest"},
	{Engine, "healthy", "start to healthy"},
	{Engine, "state", "backup, restore and clone"},
	{Window, "table", "a table that changes"},
	{Window, "log", "a log into which many lines come"},
}

// Measured is what one part found.
type Measured struct {
	At       time.Time
	Short    bool              // only to see that it works
	Sizes    string            // how much was measured, in words
	Versions map[string]string // of what was measured, by name
	Rows     []Row
}

// Save keeps what a part found, in place of what it found before.
func Save(dir, part string, m Measured) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, part+".json"), append(text, '\n'), 0o644)
}

// Load gives what a part found last; false when it never was measured here.
func Load(dir, part string) (Measured, bool, error) {
	text, err := os.ReadFile(filepath.Join(dir, part+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return Measured{}, false, nil
	}
	if err != nil {
		return Measured{}, false, err
	}
	var m Measured
	err = json.Unmarshal(text, &m)
	return m, err == nil, err
}
