package autostart

import (
	"errors"
	"io/fs"
)

// The keys of the user that signs in. What Windows' own settings turn off is noted in the second.
const (
	runPath      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedPath = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
	runName      = "Berth"
)

// hive is what of Windows' registry belongs to the user that signs in. A key or a value that is not there is fs.ErrNotExist.
type hive interface {
	text(key, name string) (string, error)
	bytes(key, name string) ([]byte, error)
	setText(key, name, value string) error // makes the key
	remove(key, name string) error
}

// runKey is the value in the Run key.
type runKey struct{ hive hive }

func (runKey) where() string { return `HKEY_CURRENT_USER\` + runPath + `\` + runName }

func (k runKey) read() (argv []string, disabled bool, err error) {
	line, err := k.hive.text(runPath, runName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return splitCommand(line), k.turnedOff(), nil
}

// turnedOff reports whether Windows' own settings turned it off: the first byte is odd then.
func (k runKey) turnedOff() bool {
	value, err := k.hive.bytes(approvedPath, runName)
	return err == nil && len(value) > 0 && value[0]&1 == 1
}

func (k runKey) write(p Program, on bool) error {
	if on {
		if err := k.hive.setText(runPath, runName, composeCommand(append([]string{p.Path}, p.Args...))); err != nil {
			return err
		}
	} else if err := k.remove(runPath); err != nil {
		return err
	}
	return k.remove(approvedPath) // else what was turned off once stays so, whatever the Run key has
}

func (k runKey) remove(path string) error {
	if err := k.hive.remove(path, runName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
