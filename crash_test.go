package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/ui/desktoptest"
)

// waitCrash waits until the program has ended of itself, and badly.
func (p *program) waitCrash(t *testing.T) {
	t.Helper()
	select {
	case err := <-p.ended:
		if err == nil {
			t.Error("it ended well")
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it did not end")
	}
}

// crashFiles are the files of crashes that Berths on this desktop left.
func crashFiles(t *testing.T, p *program) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.Home, "state", "berth", "crashes", "*", "crash-*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestACrashIsOfferedOnceAtTheNextStart(t *testing.T) {
	path := build(t, "")
	desk := desktoptest.New(t, 1280, 800)
	const nowhere = "unix:///nonexistent/docker.sock"
	first := launchOn(t, desk, path, nowhere)
	first.WaitWindow("Berth")
	first.WaitText(30*time.Second, "No Docker engine was found")
	if err := first.cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	first.waitCrash(t)

	// A Berth on other settings has nothing to do with it.
	other := launchWith(t, desk, path, nowhere, filepath.Join(desk.Home, "other"))
	other.WaitWindow("Berth")
	other.WaitText(40*time.Second, "No Docker engine was found", "Try again")
	if strings.Contains(strings.ToLower(other.Text()), "crashed") {
		t.Error("it is offered to a Berth on other settings")
	}
	end(t, other)

	second := launchOn(t, desk, path, nowhere)
	second.WaitWindow("Berth")
	second.WaitText(40*time.Second, "Berth crashed the last time", "SIGABRT")
	picture(t, second, "crash.png")
	second.Key("Return") // Show has the keyboard
	second.WaitText(40*time.Second, "Crash report", "SIGABRT: abort", "goroutine")
	picture(t, second, "crash-report.png")
	second.Key("Escape", "Escape")
	second.WaitText(40*time.Second, "No Docker engine was found")
	end(t, second)
	files := crashFiles(t, second)
	if len(files) != 1 {
		t.Fatalf("left are %v", files)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || !strings.HasPrefix(string(text), "Berth "+version) || !strings.Contains(string(text), "main.main()") {
		t.Errorf("the file says %q, %v", text, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}

	third := launchOn(t, desk, path, nowhere)
	third.WaitWindow("Berth")
	third.WaitText(40*time.Second, "No Docker engine was found", "Try again")
	if strings.Contains(strings.ToLower(third.Text()), "crashed") {
		t.Error("it is offered once more")
	}

	// One that is killed leaves nothing to offer, and nothing to see.
	if err := third.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-third.ended //nolint:errcheck // it was killed
	fourth := launchOn(t, desk, path, nowhere)
	fourth.WaitWindow("Berth")
	fourth.WaitText(40*time.Second, "No Docker engine was found", "Try again")
	if strings.Contains(strings.ToLower(fourth.Text()), "crashed") {
		t.Error("one that was killed is offered as a crash")
	}
	end(t, fourth)
	if got := crashFiles(t, fourth); len(got) != 1 || got[0] != files[0] {
		t.Errorf("left are %v", got)
	}
}
