package autostart

import (
	"errors"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// The keys of the user that signs in. What Windows' own settings turn off is noted in the second.
const (
	runPath      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedPath = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
	runName      = "Berth"
)

// runKey is the value in the Run key.
type runKey struct{}

func here() system { return runKey{} }

func (runKey) where() string { return `HKEY_CURRENT_USER\` + runPath + `\` + runName }

func (runKey) read() (argv []string, disabled bool, err error) {
	run, err := registry.OpenKey(registry.CURRENT_USER, runPath, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = run.Close() }()
	line, _, err := run.GetStringValue(runName)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	argv, err = windows.DecomposeCommandLine(line)
	if err != nil {
		return nil, false, err
	}
	if argv == nil {
		argv = []string{}
	}
	return argv, turnedOff(), nil
}

// turnedOff reports whether Windows' own settings turned it off: the first byte is odd then.
func turnedOff() bool {
	approved, err := registry.OpenKey(registry.CURRENT_USER, approvedPath, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer func() { _ = approved.Close() }()
	value, _, err := approved.GetBinaryValue(runName)
	return err == nil && len(value) > 0 && value[0]&1 == 1
}

func (runKey) write(p Program, on bool) error {
	run, _, err := registry.CreateKey(registry.CURRENT_USER, runPath, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer func() { _ = run.Close() }()
	if approved, err := registry.OpenKey(registry.CURRENT_USER, approvedPath, registry.SET_VALUE); err == nil {
		_ = approved.DeleteValue(runName) // it may not be there
		_ = approved.Close()
	}
	if on {
		return run.SetStringValue(runName, windows.ComposeCommandLine(append([]string{p.Path}, p.Args...)))
	}
	if err := run.DeleteValue(runName); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	return nil
}
