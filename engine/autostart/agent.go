package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/sys/atomicwriter"
	"howett.net/plist"
)

// launchAgent is a property list in ~/Library/LaunchAgents.
type launchAgent struct{ path string }

// agentLabel is the agent's name for launchd.
const agentLabel = "app.berth.desktop"

func (a launchAgent) where() string { return a.path }

// load reads the list; nil when there is none.
func (a launchAgent) load() (keys map[string]any, format int, err error) {
	text, err := readBounded(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, plist.XMLFormat, nil
	}
	if err != nil {
		return nil, 0, err
	}
	keys = map[string]any{}
	format, err = plist.Unmarshal([]byte(text), &keys)
	if err != nil {
		return nil, 0, fmt.Errorf("%s is no property list: %w", a.path, err)
	}
	return keys, format, nil
}

func (a launchAgent) read() (argv []string, disabled bool, err error) {
	keys, _, err := a.load()
	if err != nil || keys == nil {
		return nil, false, err
	}
	argv = []string{}
	if list, ok := keys["ProgramArguments"].([]any); ok {
		for _, one := range list {
			argv = append(argv, fmt.Sprint(one))
		}
	}
	if program, ok := keys["Program"].(string); ok { // which launchd takes in place of the first argument
		argv = append([]string{program}, argv[min(1, len(argv)):]...)
	}
	disabled, _ = keys["Disabled"].(bool)
	runs, _ := keys["RunAtLoad"].(bool)
	return argv, disabled || !runs, nil
}

func (a launchAgent) write(p Program, on bool) error {
	keys, format, err := a.load()
	if err != nil {
		return err
	}
	if !on && (keys == nil || onlyOurKeys(keys)) {
		if err := os.Remove(a.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if keys == nil {
		keys = map[string]any{}
	}
	if on {
		delete(keys, "Disabled")
		delete(keys, "Program")
		keys["Label"], keys["RunAtLoad"], keys["ProcessType"] = agentLabel, true, "Interactive"
		keys["ProgramArguments"] = append([]string{p.Path}, p.Args...)
	} else {
		keys["Disabled"] = true
	}
	text, err := plist.MarshalIndent(keys, format, "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a.path), 0o700); err != nil {
		return err
	}
	path := a.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return atomicwriter.WriteFile(path, text, 0o644)
}

// onlyOurKeys reports whether a list has nothing that Berth did not write.
func onlyOurKeys(keys map[string]any) bool {
	for key := range keys {
		switch key {
		case "Label", "RunAtLoad", "ProcessType", "ProgramArguments":
		default:
			return false
		}
	}
	return true
}
