package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/sys/atomicwriter"
)

// desktopEntry is the entry of the XDG autostart specification.
type desktopEntry struct {
	path    string
	desktop string // $XDG_CURRENT_DESKTOP
}

// maxEntry bounds what is read: an entry has a few hundred bytes.
const maxEntry = 1 << 20

const entryGroup = "[Desktop Entry]"

func (d desktopEntry) where() string { return d.path }

func (d desktopEntry) read() (argv []string, disabled bool, err error) {
	text, err := readBounded(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return readEntry(text, d.desktop)
}

// readEntry reads an entry's text as a desktop of that name does.
func readEntry(text, desktop string) (argv []string, disabled bool, err error) {
	keys := keysOf(text)
	disabled = keys["Hidden"] == "true" || keys["X-GNOME-Autostart-enabled"] == "false" || keys["X-MATE-Autostart-enabled"] == "false" || !shownIn(keys, desktop) || !found(keys["TryExec"])
	line, ok := keys["Exec"]
	if !ok {
		return []string{}, true, nil // nothing is started
	}
	argv, err = parseExec(line)
	return argv, disabled, err
}

// keysOf are the keys of an entry's group.
func keysOf(text string) map[string]string {
	keys := map[string]string{}
	inside := false
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = line == entryGroup
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && inside && !strings.HasPrefix(line, "#") {
			keys[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return keys
}

// found reports whether a program that an entry makes its condition is there.
func found(program string) bool {
	_, err := exec.LookPath(program)
	return program == "" || err == nil
}

// shownIn reports whether an entry is meant for a desktop.
func shownIn(keys map[string]string, desktop string) bool {
	among := func(key string) bool {
		list := strings.Split(keys[key], ";")
		return slices.ContainsFunc(strings.Split(desktop, ":"), func(one string) bool { return one != "" && slices.Contains(list, one) })
	}
	if _, only := keys["OnlyShowIn"]; only && !among("OnlyShowIn") {
		return false
	}
	return !among("NotShowIn")
}

// ours are the lines that Berth writes beside Exec.
var ours = []string{
	"Type=Application", "Name=Berth", "Comment=Runs the opencode coding agent in a Docker sandbox", "Icon=app.berth.desktop", "Terminal=false", "StartupNotify=false",
}

func (d desktopEntry) write(p Program, on bool) error {
	text, err := readBounded(d.path)
	there := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !on && (!there || onlyOurs(text)) {
		if err := os.Remove(d.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if on {
		text = enabledEntry(text, d.desktop, append([]string{p.Path}, p.Args...))
	} else {
		text = setKeys(text, map[string]string{"Hidden": "true"})
	}
	if err := os.MkdirAll(filepath.Dir(d.path), 0o700); err != nil {
		return err
	}
	path := d.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link that a person made stays one
	}
	return atomicwriter.WriteFile(path, []byte(text), 0o644)
}

// enabledEntry is an entry that starts a command, with all else that was in it.
func enabledEntry(text, desktop string, argv []string) string {
	if !strings.Contains(text, entryGroup) {
		text = entryGroup + "\n" + strings.Join(ours, "\n") + "\n" + text
	}
	set := map[string]string{"Exec": composeExec(argv), "Hidden": "", "X-GNOME-Autostart-enabled": "", "X-MATE-Autostart-enabled": "", "TryExec": ""}
	if !shownIn(keysOf(text), desktop) {
		set["OnlyShowIn"], set["NotShowIn"] = "", ""
	}
	return setKeys(text, set)
}

// onlyOurs reports whether an entry has nothing that Berth did not write.
func onlyOurs(text string) bool {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if line != entryGroup && !strings.HasPrefix(line, "Exec=") && !slices.Contains(ours, line) {
			return false
		}
	}
	return true
}

// setKeys sets keys of an entry's first group, in their place or at its end; "" takes a key out. All other lines stay.
func setKeys(text string, keys map[string]string) string {
	var lines []string
	inside, end := false, -1
	done := map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		bare := strings.TrimSpace(line)
		if strings.HasPrefix(bare, "[") {
			inside = bare == entryGroup && end < 0
			lines = append(lines, line)
			if inside {
				end = len(lines)
			}
			continue
		}
		key, _, ok := strings.Cut(bare, "=")
		key = strings.TrimSpace(key)
		value, ask := keys[key]
		if !inside || !ok || !ask {
			lines = append(lines, line)
		} else if value != "" && !done[key] {
			lines = append(lines, key+"="+value)
			done[key] = true
		}
		if inside && bare != "" {
			end = len(lines)
		}
	}
	var missing []string
	for key, value := range keys {
		if value != "" && !done[key] {
			missing = append(missing, key+"="+value)
		}
	}
	slices.Sort(missing)
	if end < 0 {
		lines = append(lines, entryGroup)
		end = len(lines)
	}
	return strings.Join(slices.Insert(lines, end, missing...), "\n") + "\n"
}

// readBounded reads a small file, and nothing that is no file.
func readBounded(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a file", path)
	case info.Size() > maxEntry:
		return "", fmt.Errorf("%s is too large for an entry", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the entry of Berth
	return string(text), err
}
