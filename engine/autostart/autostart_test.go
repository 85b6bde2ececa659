package autostart

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"howett.net/plist"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

// program makes a program that can be started, in a folder of that name.
func program(t *testing.T, folder string) Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), folder, "berth")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Program{Path: path, Args: []string{"--hidden", "--config", filepath.Join(filepath.Dir(path), "my settings")}}
}

// systems are the ways that keep a file, each in a folder that does not exist yet.
func systems(t *testing.T) map[string]system {
	return map[string]system{
		"xdg":   desktopEntry{path: filepath.Join(t.TempDir(), "autostart", "berth.desktop"), desktop: "GNOME"},
		"macos": launchAgent{path: filepath.Join(t.TempDir(), "LaunchAgents", "berth.plist")},
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestItIsSwitchedOnAndOffAgain(t *testing.T) {
	for name, system := range systems(t) {
		t.Run(name, func(t *testing.T) {
			l := &Login{program: program(t, "bin"), system: system}
			for range 2 {
				if got := l.Look(); got.State != Off || got.State.Starts() || got.Starts != "" || got.Where != system.where() {
					t.Errorf("before: %+v", got)
				}
				if err := l.Set(true); err != nil {
					t.Fatal(err)
				}
				if err := l.Set(true); err != nil { // twice is once
					t.Fatal(err)
				}
				if got := l.Look(); got.State != On || !strings.HasPrefix(got.Starts, l.program.Path+" --hidden") {
					t.Errorf("on: %+v", got)
				}
				if err := l.Set(false); err != nil {
					t.Fatal(err)
				}
				if _, err := os.Lstat(system.where()); !os.IsNotExist(err) {
					t.Errorf("the entry is still there: %v", err)
				}
			}
		})
	}
}

func TestAnOddPathIsStartedAsItIs(t *testing.T) {
	for _, folder := range []string{
		"with a space", `a"quote`, "an'apostrophe", "a%percent%f", `a\backslash`, "a$HOME", "a`tick`", "a;b&c|d", "ümläut 日本", "a\nline", "a\ttab", "%%", "~", "#",
		`\s`, `\\`, "a=b", "[Desktop Entry]", "(x)", "<b>", "trailing ",
	} {
		for name, system := range systems(t) {
			l := &Login{program: program(t, folder), system: system}
			if err := l.Set(true); err != nil {
				t.Fatal(err)
			}
			argv, disabled, err := system.read()
			if want := append([]string{l.program.Path}, l.program.Args...); err != nil || disabled || !slices.Equal(argv, want) {
				t.Errorf("%s, %q: %q, %v, %v", name, folder, argv, disabled, err)
			}
			if got := l.Look(); got.State != On {
				t.Errorf("%s, %q: %+v", name, folder, got)
			}
		}
	}
}

func TestTheEntryIsValid(t *testing.T) {
	if _, err := exec.LookPath("desktop-file-validate"); err != nil {
		t.Skip("desktop-file-validate is not installed (Debian: desktop-file-utils)")
	}
	for _, folder := range []string{"bin", "with a space", `a"quote`, "a%percent", `a\backslash`, "a$x", "a`t"} {
		entry := desktopEntry{path: filepath.Join(t.TempDir(), "berth.desktop")}
		if err := entry.write(program(t, folder), true); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("desktop-file-validate", entry.path).CombinedOutput(); err != nil || len(out) > 0 {
			text, _ := os.ReadFile(entry.path)
			t.Errorf("%v: %s\n%s", err, out, text)
		}
	}
}

func TestExecIsReadAsTheSpecificationSays(t *testing.T) {
	for value, want := range map[string][]string{
		`berth --hidden`:                 {"berth", "--hidden"},
		`"/opt/my berth/berth" --hidden`: {"/opt/my berth/berth", "--hidden"},
		`"a\\"b" c`:                      {`a"b`, "c"},
		`"a\\\\b"`:                       {`a\b`},
		`"a\\$b"`:                        {"a$b"},
		`berth %U --x=%% %i`:             {"berth", "--x=%"},
		`  berth    ""  `:                {"berth", ""},
		`a\sb`:                           {"a", "b"},
	} {
		if got, err := parseExec(value); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", value, got, err)
		}
	}
	for _, value := range []string{`"never closed`, `"a\\`, "50%", `a\`} {
		if got, err := parseExec(value); err == nil {
			t.Errorf("%s was read as %q", value, got)
		}
	}
}

func TestAnEntryThatWasEditedIsToldAndKept(t *testing.T) {
	p := program(t, "bin")
	other := program(t, "other")
	for name, c := range map[string]struct {
		lines string
		want  State
	}{
		"hidden":                     {"Exec=" + p.Path + " --hidden\nHidden=true", Disabled},
		"turned off in GNOME":        {"Exec=" + p.Path + " --hidden\nX-GNOME-Autostart-enabled=false", Disabled},
		"for another desktop":        {"Exec=" + p.Path + " --hidden\nOnlyShowIn=KDE;XFCE;", Disabled},
		"not for this desktop":       {"Exec=" + p.Path + " --hidden\nNotShowIn=GNOME;", Disabled},
		"on a condition":             {"Exec=" + p.Path + " --hidden\nTryExec=/nonexistent/berth", Disabled},
		"without a command":          {"Name=x", Disabled},
		"other arguments":            {"Exec=" + p.Path + " --hidden --start", Changed},
		"another program":            {"Exec=" + other.Path + " --hidden", Other},
		"a program that is gone":     {"Exec=/nonexistent/berth --hidden", Other},
		"by way of another":          {"Exec=env A=1 " + p.Path + " --hidden", Other},
		"that cannot be read":        {"Exec=\"" + p.Path, Unknown},
		"as it was, with more lines": {"X-Mine=1\nExec=" + p.Path + " --hidden\nOnlyShowIn=GNOME;", On},
	} {
		t.Run(name, func(t *testing.T) {
			entry := desktopEntry{path: filepath.Join(t.TempDir(), "berth.desktop"), desktop: "ubuntu:GNOME"}
			text := "# mine\n[Desktop Entry]\nType=Application\nName=Mine\nX-Keep=yes\n" + c.lines + "\n\n[Desktop Action x]\nExec=mine\nHidden=true\n"
			write(t, entry.path, text)
			l := &Login{program: Program{Path: p.Path, Args: []string{"--hidden"}}, system: entry}
			if got := l.Look(); got.State != c.want {
				t.Errorf("%+v", got)
			}
			if now, _ := os.ReadFile(entry.path); string(now) != text {
				t.Error("a look changed it")
			}
			// Switched by the person, it does what they say, and keeps the rest.
			if err := l.Set(true); err != nil {
				t.Fatal(err)
			}
			if got := l.Look(); got.State != On {
				t.Errorf("switched on: %+v", got)
			}
			if err := l.Set(false); err != nil {
				t.Fatal(err)
			}
			if got := l.Look(); got.State != Disabled || got.State.Starts() {
				t.Errorf("switched off: %+v", got)
			}
			now, err := os.ReadFile(entry.path)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{"# mine", "Name=Mine", "X-Keep=yes", "[Desktop Action x]\nExec=mine\nHidden=true"} {
				if !strings.Contains(string(now), line) {
					t.Errorf("%q is gone:\n%s", line, now)
				}
			}
		})
	}
}

func TestAnAgentThatWasEditedIsToldAndKept(t *testing.T) {
	p := program(t, "bin")
	other := program(t, "other").Path
	for name, c := range map[string]struct {
		keys map[string]any
		want State
	}{
		"disabled":          {map[string]any{"ProgramArguments": []string{p.Path, "--hidden"}, "RunAtLoad": true, "Disabled": true}, Disabled},
		"not at login":      {map[string]any{"ProgramArguments": []string{p.Path, "--hidden"}}, Disabled},
		"other arguments":   {map[string]any{"ProgramArguments": []string{p.Path}, "RunAtLoad": true}, Changed},
		"another program":   {map[string]any{"ProgramArguments": []string{other, "--hidden"}, "RunAtLoad": true}, Other},
		"another by a path": {map[string]any{"Program": other, "ProgramArguments": []string{p.Path, "--hidden"}, "RunAtLoad": true}, Other},
		"as it was":         {map[string]any{"ProgramArguments": []string{p.Path, "--hidden"}, "RunAtLoad": true}, On},
	} {
		for _, format := range []int{plist.XMLFormat, plist.BinaryFormat} {
			t.Run(name+" "+plist.FormatNames[format], func(t *testing.T) {
				agent := launchAgent{path: filepath.Join(t.TempDir(), "berth.plist")}
				c.keys["Nice"] = uint64(5)
				text, err := plist.Marshal(c.keys, format)
				if err != nil {
					t.Fatal(err)
				}
				write(t, agent.path, string(text))
				l := &Login{program: Program{Path: p.Path, Args: []string{"--hidden"}}, system: agent}
				if got := l.Look(); got.State != c.want {
					t.Errorf("%+v", got)
				}
				for _, on := range []bool{true, false} {
					if err := l.Set(on); err != nil {
						t.Fatal(err)
					}
					if got := l.Look(); got.State.Starts() != on {
						t.Errorf("switched to %v: %+v", on, got)
					}
				}
				if keys, _, err := agent.load(); err != nil || keys["Nice"] != uint64(5) {
					t.Errorf("kept %v, %v", keys, err)
				}
			})
		}
	}
}

func TestWhatCannotBeWrittenSaysWhere(t *testing.T) {
	for name, system := range systems(t) {
		write(t, filepath.Dir(system.where()), "a file where the folder should be")
		l := &Login{program: program(t, "bin"), system: system}
		err := l.Set(true)
		f := &fault.Error{}
		if !asFault(err, &f) || !strings.Contains(f.Remedy, system.where()) || f.Cause() == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Neither is a folder in the entry's place taken for an entry.
	for name, system := range systems(t) {
		if err := os.MkdirAll(system.where(), 0o700); err != nil {
			t.Fatal(err)
		}
		l := &Login{program: program(t, "bin"), system: system}
		if got := l.Look(); got.State != Unknown || got.Err == nil {
			t.Errorf("%s: %+v", name, got)
		}
		if err := l.Set(true); err == nil {
			t.Errorf("%s: it was written", name)
		}
	}
}

func asFault(err error, target **fault.Error) bool {
	f, ok := err.(*fault.Error) //nolint:errorlint // Set gives it unwrapped
	*target = f
	return ok
}

func TestALinkThatAPersonMadeStaysOne(t *testing.T) {
	folder := t.TempDir()
	entry := desktopEntry{path: filepath.Join(folder, "berth.desktop")}
	write(t, filepath.Join(folder, "dotfiles", "b"), "[Desktop Entry]\nX-Mine=1\n")
	if err := os.Symlink(filepath.Join("dotfiles", "b"), entry.path); err != nil {
		t.Fatal(err)
	}
	l := &Login{program: program(t, "bin"), system: entry}
	if err := l.Set(true); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(entry.path); err != nil || info.Mode()&os.ModeSymlink == 0 || l.Look().State != On {
		t.Errorf("%v, %v, %+v", info, err, l.Look())
	}
}

func TestThePathIsTheOneThatIsRightAtTheNextLogin(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a right on Windows")
	}
	real := program(t, "lib").Path
	link := filepath.Join(t.TempDir(), "berth")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(link))
	for name, c := range map[string]struct{ arg0, appImage, appDir, want string }{
		"started by a link":           {arg0: link, want: link},
		"found in PATH":               {arg0: "berth", want: link},
		"started by itself":           {arg0: real, want: real},
		"a name that is no file":      {arg0: "-berth", want: real},
		"another program's name":      {arg0: "/bin/sh", want: real},
		"an AppImage":                 {arg0: real, appImage: "/home/x/Berth.AppImage", appDir: filepath.Dir(filepath.Dir(real)), want: "/home/x/Berth.AppImage"},
		"started by another AppImage": {arg0: real, appImage: "/home/x/Editor.AppImage", appDir: "/tmp/.mount_editor", want: real},
	} {
		if got := startedBy(real, c.arg0, c.appImage, c.appDir); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	p, err := This("relative")
	if err != nil || !filepath.IsAbs(p.Path) || len(p.Args) != 3 || p.Args[0] != "--hidden" || !filepath.IsAbs(p.Args[2]) {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := This(""); err != nil || cmp.Diff(p.Args, []string{"--hidden"}) != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func FuzzEntry(f *testing.F) {
	f.Add("[Desktop Entry]\nExec=\"a b\" %f\nHidden=true\n[x]\n", "/opt/b \"erth%")
	f.Add("Exec=\\", "")
	f.Add("0", "\v")
	f.Add("\ufeff[Desktop Entry]\r\nExec=a\r\n", "\\s")
	f.Fuzz(func(t *testing.T, text, path string) {
		_, _, _ = readEntry(text, "GNOME") // whatever comes of it
		if strings.ContainsAny(path, "\x00") || len(path) == 0 {
			return // no path
		}
		want := []string{path, "--hidden"}
		now := enabledEntry(text, "GNOME", want)
		argv, disabled, err := readEntry(now, "GNOME")
		if err != nil || disabled || !slices.Equal(argv, want) {
			t.Errorf("%q: %q, %v, %v", now, argv, disabled, err)
		}
		if again := enabledEntry(now, "GNOME", want); again != now {
			t.Errorf("a second time it is %q, not %q", again, now)
		}
		if off := setKeys(now, map[string]string{"Hidden": "true"}); !strings.Contains(off, "Hidden=true") {
			t.Errorf("turned off it is %q", off)
		}
	})
}
