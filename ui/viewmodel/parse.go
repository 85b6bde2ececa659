package viewmodel

import (
	"errors"
	"strconv"
	"strings"

	"github.com/docker/go-units"

	"berth/engine/config"
	"berth/engine/sandbox"
	"berth/ui/i18n"
)

// parseMemory reads "4 GiB", "4g", "1500m"; a bare number would be bytes, which nobody means.
func parseMemory(text string) (int64, error) {
	text = strings.TrimSpace(text)
	bytes, err := units.RAMInBytes(text)
	_, number := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || number == nil:
		return 0, errors.New(i18n.T("Write a size with its unit, such as 4 GiB."))
	case bytes < config.MinMemory:
		return 0, errors.New(i18n.T("opencode needs at least 512 MiB."))
	}
	return bytes, nil
}

// exactMemory is a size in the largest unit that says it whole: "4 GiB", "1500 MiB".
func exactMemory(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB"}
	i := 0
	for i < len(units)-1 && bytes%1024 == 0 && bytes > 0 {
		bytes /= 1024
		i++
	}
	return strconv.FormatInt(bytes, 10) + " " + units[i]
}

func parseCPUs(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil || !(n > 0 && n <= 4096) { // also what is no number: "NaN"
		return 0, errors.New(i18n.T("Write a number such as 2 or 0.5, or nothing for all."))
	}
	return n, nil
}

// quoteValue writes a value so that parseEnv reads it back: in quotes when it has line ends, quotes or spaces around it.
func quoteValue(value string) string {
	if strings.ContainsAny(value, "\r\n") || strings.HasPrefix(value, `"`) || value != strings.TrimSpace(value) {
		return strconv.Quote(value)
	}
	return value
}

// parseEnv reads a variable a line, NAME=value; a value in quotes may have \n in it.
func parseEnv(text string) (map[string]string, error) {
	env := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		switch {
		case !ok:
			return nil, errors.New(i18n.T("Line %d: write NAME=value.", i+1))
		case !sandbox.ValidEnv(name):
			return nil, errors.New(i18n.T("Line %[1]d: %[2]q is not the name of a variable.", i+1, name))
		}
		if _, twice := env[name]; twice {
			return nil, errors.New(i18n.T("Line %[1]d: %[2]s is there twice.", i+1, name))
		}
		if whole, err := strconv.Unquote(value); err == nil && strings.HasPrefix(value, `"`) {
			value = whole
		}
		env[name] = value
	}
	if len(env) == 0 {
		return nil, nil
	}
	return env, nil
}

// parseMounts reads a mount a line: "/folder -> /inside", "→" or ":" between them, "(ro)" at the end.
func parseMounts(text string) ([]sandbox.Mount, error) {
	var mounts []sandbox.Mount
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		rest, ro := strings.CutSuffix(line, "(ro)")
		if !ro {
			rest, ro = strings.CutSuffix(line, ":ro")
		}
		source, target, ok := cutAny(rest, "->", "→", ":/")
		if !ok {
			return nil, errors.New(i18n.T("Line %d: write /folder -> /path/inside, and (ro) for read-only.", i+1))
		}
		m := sandbox.Mount{Source: strings.TrimSpace(source), Target: strings.TrimSpace(target), ReadOnly: ro}
		if !strings.HasPrefix(m.Target, "/") || m.Target == "/" || m.Source == "" {
			return nil, errors.New(i18n.T("Line %d: the path inside must begin with /.", i+1))
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

// cutAny cuts around the first separator that is there; ":/" keeps its slash.
func cutAny(text string, separators ...string) (before, after string, ok bool) {
	for _, s := range separators {
		if before, after, ok = strings.Cut(text, s); ok {
			if s == ":/" {
				after = "/" + after
			}
			return before, after, true
		}
	}
	return "", "", false
}
