package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What the window switches is what the desktop finds, and what somebody changes there is what the window shows.
func TestStartAtLoginIsSwitchedInTheWindowAndReadFromTheSystem(t *testing.T) {
	path := build(t, "")
	p := launch(t, path, "unix:///nonexistent/docker.sock")
	p.WaitWindow("Berth")
	entry := filepath.Join(p.Home, ".config", "autostart", "app.berth.desktop.desktop")
	find := func() {
		p.Key("ctrl+k")
		p.WaitText(40*time.Second, "Command")
		p.Type("berth at login")
		p.Key("Return")
		p.WaitText(40*time.Second, "At login")
	}
	find()
	p.Key("space")
	var text []byte
	p.Eventually(20*time.Second, "the entry to be written", func() (ok bool) {
		var err error
		text, err = os.ReadFile(entry)
		return err == nil
	})
	if want := "Exec=" + path + " --hidden --config " + filepath.Join(p.Home, "config") + "\n"; !strings.Contains(string(text), want) {
		t.Errorf("it is\n%s\nwithout %s", text, want)
	}
	picture(t, p, "login.png")

	// Somebody edits it by hand: it is told, and stays.
	edited := strings.Replace(string(text), "--hidden", "--start", 1) + "X-Mine=yes\n"
	if err := os.WriteFile(entry, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Key("ctrl+1")
	find()
	p.WaitText(40*time.Second, "changed elsewhere")
	if now, err := os.ReadFile(entry); err != nil || string(now) != edited {
		t.Errorf("it was changed: %v\n%s", err, now)
	}
	p.Key("space")
	p.Eventually(20*time.Second, "the entry to be turned off", func() bool {
		now, err := os.ReadFile(entry)
		return err == nil && strings.Contains(string(now), "Hidden=true") && strings.Contains(string(now), "X-Mine=yes")
	})
	if strings.Contains(p.output.String(), "Error in Fyne call thread") {
		t.Error("the window was touched from a wrong goroutine")
	}
}
