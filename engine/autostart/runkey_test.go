package autostart

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"berth/engine/fault"
)

// commandLines are such lines as people and programs write, with what they mean.
var commandLines = map[string][]string{
	``:                                       {},
	`C:\berth.exe`:                           {`C:\berth.exe`},
	`C:\berth.exe --hidden`:                  {`C:\berth.exe`, "--hidden"},
	`"C:\Program Files\Berth\berth.exe" -x`:  {`C:\Program Files\Berth\berth.exe`, "-x"},
	`"C:\Program Files\Berth\berth.exe`:      {`C:\Program Files\Berth\berth.exe`},
	`"C:\Berth\" --hidden`:                   {`C:\Berth\`, "--hidden"}, // a quote ends the program whatever is before it
	"b  one\ttwo  ":                          {"b", "one", "two"},
	`b "one two" three`:                      {"b", "one two", "three"},
	`b ""`:                                   {"b", ""},
	`b "abc" d e`:                            {"b", "abc", "d", "e"},
	`b a\\b d"e f"g h`:                       {"b", `a\\b`, "de fg", "h"},
	`b a\\\"b c d`:                           {"b", `a\"b`, "c", "d"},
	`b a\\\\"b c" d e`:                       {"b", `a\\b c`, "d", "e"},
	`b "a\\" c`:                              {"b", `a\`, "c"},
	`b a\ c`:                                 {"b", `a\`, "c"},
	`b "say ""hello"" c`:                     {"b", `say "hello`, "c"}, // two quotes within quotes are one that is a letter, and end it
	`b "a""" c`:                              {"b", `a" c`},
	`b "never closed`:                        {"b", "never closed"},
	`b --config "D:\my settings\\" --hidden`: {"b", "--config", `D:\my settings\`, "--hidden"},
}

// oddCommands are commands that have to be started as they are.
var oddCommands = [][]string{
	{`C:\berth.exe`},
	{`C:\Program Files\Berth\berth.exe`, "--hidden", "--config", `D:\my settings\`},
	{`C:\100%\a'b & c\ümläut 日本\berth.exe`, `\\server\share\\`, `a"b`, `\"`, `a\\"b c\`, "", " ", "\t", "\n", `\`, `\\`, `"`, `""`, `%PATH%`, `^&|<>`},
}

func TestACommandLineIsTakenApartAsWindowsDoes(t *testing.T) {
	for line, want := range commandLines {
		if got := splitCommand(line); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	for _, argv := range oddCommands {
		if got := splitCommand(composeCommand(argv)); !slices.Equal(got, argv) {
			t.Errorf("%q is written %s, which is read as %q", argv, composeCommand(argv), got)
		}
	}
}

// memory is a registry that keeps what it is given, by key and name.
type memory struct {
	values  map[string]any
	refuses error // every change
}

func (m memory) at(key, name string) (any, error) {
	value, ok := m.values[key+`\`+name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return value, nil
}

var errType = errors.New("unexpected key value type")

func (m memory) text(key, name string) (string, error) {
	value, err := m.at(key, name)
	text, ok := value.(string)
	if err == nil && !ok {
		err = errType
	}
	return text, err
}

func (m memory) bytes(key, name string) ([]byte, error) {
	value, err := m.at(key, name)
	bytes, ok := value.([]byte)
	if err == nil && !ok {
		err = errType
	}
	return bytes, err
}

func (m memory) setText(key, name, value string) error {
	if m.refuses == nil {
		m.values[key+`\`+name] = value
	}
	return m.refuses
}

func (m memory) remove(key, name string) error {
	if _, err := m.at(key, name); err != nil {
		return err
	}
	if m.refuses == nil {
		delete(m.values, key+`\`+name)
	}
	return m.refuses
}

func TestTheRunKeySaysTrulyWhatIsStartedAndIsSwitched(t *testing.T) {
	p, other := program(t, "my programs"), program(t, "other").Path
	p.Args = []string{"--hidden"}
	const run, approved = runPath + `\Berth`, approvedPath + `\Berth`
	others := map[string]any{runPath + `\Editor`: `C:\editor.exe`, approvedPath + `\Editor`: []byte{3}}
	ours := `"` + p.Path + `" --hidden`
	for name, c := range map[string]struct {
		run, approved any // nil is no such value
		want          State
	}{
		"nothing":                                   {nil, nil, Off},
		"nothing, turned off once":                  {nil, []byte{3, 0, 0, 0}, Off},
		"as it was":                                 {ours, nil, On},
		"allowed in Windows' settings":              {ours, []byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, On},
		"allowed by another version of those":       {ours, []byte{6}, On},
		"turned off in Windows' settings":           {ours, []byte{3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, Disabled},
		"turned off by a policy":                    {ours, []byte{7}, Disabled},
		"a note of those settings that is empty":    {ours, []byte{}, On},
		"a note of those settings that is no bytes": {ours, "3", On},
		"other arguments":                           {`"` + p.Path + `" --start`, nil, Changed},
		"more arguments":                            {ours + " --start", nil, Changed},
		"another program":                           {other + " --hidden", nil, Other},
		"a program that is gone":                    {`C:\gone\berth.exe --hidden`, nil, Other},
		"an empty line":                             {"", nil, Other},
		"what is no text":                           {[]byte{1}, nil, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			m := memory{values: maps.Clone(others)}
			for at, value := range map[string]any{run: c.run, approved: c.approved} {
				if value != nil {
					m.values[at] = value
				}
			}
			before := maps.Clone(m.values)
			l := &Login{program: p, system: runKey{m}}
			got := l.Look()
			if got.State != c.want || (got.Err != nil) != (c.want == Unknown) || !strings.HasSuffix(got.Where, run) {
				t.Errorf("%+v", got)
			}
			if len(m.values) != len(before) {
				t.Error("a look changed it")
			}
			for range 2 { // twice is once
				if err := l.Set(true); err != nil {
					t.Fatal(err)
				}
				if got := l.Look(); got.State != On || m.values[run] != ours {
					t.Errorf("switched on: %+v, %v", got, m.values[run])
				}
			}
			for range 2 {
				if err := l.Set(false); err != nil {
					t.Fatal(err)
				}
				if got := l.Look(); got.State != Off || got.Starts != "" {
					t.Errorf("switched off: %+v", got)
				}
			}
			if len(m.values) != len(others) {
				t.Errorf("it leaves %v", m.values)
			}
		})
	}
}

func TestARegistryThatTakesNothingSaysWhere(t *testing.T) {
	p := program(t, "bin")
	for _, on := range []bool{true, false} {
		m := memory{values: map[string]any{runPath + `\Berth`: p.Path}, refuses: fs.ErrPermission}
		l := &Login{program: p, system: runKey{m}}
		err := l.Set(on)
		f := &fault.Error{}
		if !asFault(err, &f) || !strings.Contains(f.Remedy, runPath) {
			t.Errorf("switched to %v: %v", on, err)
		}
	}
}

func TestAPathOfWindowsIsReadBackFromTheRunKeyAsItIs(t *testing.T) {
	for _, argv := range oddCommands {
		m := memory{values: map[string]any{}}
		if err := (runKey{m}).write(Program{Path: argv[0], Args: argv[1:]}, true); err != nil {
			t.Fatal(err)
		}
		if got, disabled, err := (runKey{m}).read(); err != nil || disabled || !slices.Equal(got, argv) {
			t.Errorf("%q is read as %q, %v, %v", argv, got, disabled, err)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	for line := range commandLines {
		f.Add(line, line)
	}
	f.Fuzz(func(t *testing.T, line, arg string) {
		if argv := splitCommand(line); (len(argv) == 0) != (line == "") {
			t.Errorf("%q has the parts %q", line, argv)
		}
		want := []string{"b", arg, "--hidden"}
		if got := splitCommand(composeCommand(want)); !slices.Equal(got, want) {
			t.Errorf("%q is written %s, which is read as %q", arg, composeCommand(want), got)
		}
	})
}
