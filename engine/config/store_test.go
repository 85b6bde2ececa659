package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"berth/engine/config"
	"berth/engine/fault"
)

func open(t *testing.T, text string) (*config.Store, string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.json")
	if text != "" {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := config.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestNoFileMeansDefaults(t *testing.T) {
	s, _ := open(t, "")
	if diff := cmp.Diff(config.Default(), s.Settings()); diff != "" {
		t.Error(diff)
	}
	if err := s.Settings().Validate(); err != nil {
		t.Errorf("the defaults are not valid: %v", err)
	}
}

func TestSavedSettingsComeBackAndUnknownKeysStay(t *testing.T) {
	s, path := open(t, `{"schema":1,"image":{"source":"build","future":7},"later":{"a":1},"endpoint":"lab"}`)
	now := s.Settings()
	now.Endpoint, now.Sandbox.Port = "", 5000
	if err := s.Save(now); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"future": 7`, `"later"`, `"port": 5000`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the file lost %s:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "lab") {
		t.Errorf("an emptied key is still there:\n%s", text)
	}
	again, err := config.Open(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(now, again.Settings()); diff != "" {
		t.Error(diff)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestADamagedFileIsSetAside(t *testing.T) {
	for name, text := range map[string]string{
		"truncated": `{"schema":1,"image":{"sou`, "a wrong type": `{"sandbox":"x"}`, "a value that is not valid": `{"sandbox":{"port":70000}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, path := open(t, text)
			if diff := cmp.Diff(config.Default(), s.Settings()); diff != "" {
				t.Errorf("not the defaults:\n%s", diff)
			}
			kept, _ := filepath.Glob(path + ".damaged-*")
			if len(kept) != 1 || len(s.Notes()) != 1 || !strings.Contains(s.Notes()[0], kept[0]) {
				t.Fatalf("kept %v, notes %q", kept, s.Notes())
			}
			if got, _ := os.ReadFile(kept[0]); string(got) != text {
				t.Errorf("what was set aside changed: %q", got)
			}
		})
	}
}

func TestAFileOfANewerBerthIsNeverWritten(t *testing.T) {
	text := `{"schema":2,"sandbox":{"port":5000}}`
	s, path := open(t, text)
	if s.Settings().Sandbox.Port != 5000 {
		t.Error("what is understood is not used")
	}
	if err := s.Save(config.Default()); err == nil || !strings.Contains(err.Error(), "newer Berth") {
		t.Errorf("Save: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Errorf("the file changed: %s", got)
	}
}

func TestWhatTheBuildCanBeToldIsTaken(t *testing.T) {
	dir := t.TempDir()
	for name, change := range map[string]func(*config.Settings){
		"an http address":  func(s *config.Settings) { s.Image.Download = "http://10.0.0.1:8080/opencode.tgz?x=1" },
		"an https address": func(s *config.Settings) { s.Image.Download = "https://r.test/opencode.tar.gz" },
		"packages": func(s *config.Settings) {
			s.Image.Packages = []string{"g++", "libstdc++6", "python3.11", "vim=2:9.0.1378-2+deb12u2"}
		},
		"a file that is away":      func(s *config.Settings) { s.Image.ExtraCA = filepath.Join(dir, "away.pem") },
		"all of it empty":          func(s *config.Settings) { s.Image.Download, s.Image.Packages, s.Image.ExtraCA = "", nil, "" },
		"a base image with a port": func(s *config.Settings) { s.Image.BaseImage = "r.test:5000/debian:12" },
	} {
		t.Run(name, func(t *testing.T) {
			store, _ := open(t, "")
			s := store.Settings()
			change(&s)
			if err := store.Save(s); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(s, store.Settings()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMessagesNameTheKey(t *testing.T) {
	tests := []struct {
		key    string
		change func(*config.Settings)
	}{
		{"image.source", func(s *config.Settings) { s.Image.Source = "magic" }},
		{"image.references", func(s *config.Settings) { s.Image.Source, s.Image.References = "pull", nil }},
		{"image.references", func(s *config.Settings) { s.Image.References = []string{"Not A Reference"} }},
		{"image.baseImage", func(s *config.Settings) { s.Image.BaseImage = "UPPER" }},
		{"image.download", func(s *config.Settings) { s.Image.Download = "r.test/opencode.tar.gz" }},
		{"image.download", func(s *config.Settings) { s.Image.Download = "file:///etc/passwd" }},
		{"image.download", func(s *config.Settings) { s.Image.Download = "https://" }},
		{"image.download", func(s *config.Settings) { s.Image.Download = "https://r.test/a b" }},
		{"image.packages", func(s *config.Settings) { s.Image.Packages = []string{"vim", "Vim"} }},
		{"image.packages", func(s *config.Settings) { s.Image.Packages = []string{"vim; rm -rf /"} }},
		{"image.packages", func(s *config.Settings) { s.Image.Packages = []string{"--allow-unauthenticated"} }},
		{"image.packages", func(s *config.Settings) { s.Image.Packages = []string{""} }},
		{"image.extraCA", func(s *config.Settings) { s.Image.ExtraCA = "ca.pem" }},
		{"sandbox.port", func(s *config.Settings) { s.Sandbox.Port = 70000 }},
		{"sandbox.memory", func(s *config.Settings) { s.Sandbox.Memory = "much" }},
		{"sandbox.memory", func(s *config.Settings) { s.Sandbox.Memory = "10m" }},
		{"sandbox.cpus", func(s *config.Settings) { s.Sandbox.CPUs = -1 }},
		{"sandbox.restart", func(s *config.Settings) { s.Sandbox.Restart = "sometimes" }},
		{"window.theme", func(s *config.Settings) { s.Window.Theme = "pink" }},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			store, path := open(t, "")
			s := store.Settings()
			tt.change(&s)
			err := store.Save(s)
			if !errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), tt.key+":") {
				t.Errorf("got %v", err)
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("a file was written")
			}
			if diff := cmp.Diff(config.Default(), store.Settings()); diff != "" {
				t.Errorf("settings changed:\n%s", diff)
			}
		})
	}
}
