package view

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine/crash"
	"berth/engine/diagnose"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

const planted = "hunter2-PLANTED"

// diagnosis is a report with something in most of its sections.
func diagnosis() diagnose.Report {
	return diagnose.Report{
		At: now, Home: "/home/jo", Listed: true,
		Program: diagnose.Program{Version: "0.4.0", Commit: "993ec7b", Go: "1.26.8", Fyne: "2.8.0", Settings: "/home/jo/.config/berth/settings.json", Secrets: "the system keyring"},
		System: diagnose.System{
			OS: "Debian GNU/Linux 12 (bookworm)", Kernel: "Linux 6.1.0", Arch: "amd64", CPUs: 8, Desktop: "GNOME", Session: "wayland", FilesOpen: 31, FilesLimit: 1024,
			Environment: []diagnose.Setting{{Name: "HTTPS_PROXY", Value: "http://jo:" + planted + "@proxy.lan:3128"}},
		},
		Connection: diagnose.Connection{Phase: "connected", Name: "default", Host: "unix:///var/run/docker.sock", Since: now.Add(-time.Hour), Attempts: []diagnose.Attempt{
			{Name: "default", Host: "unix:///var/run/docker.sock", Source: "socket", Tried: true, Took: 12 * time.Millisecond},
			{Name: "Podman", Host: "unix:///run/podman.sock", Source: "socket", Tried: true, Err: fault.New(fault.NotRunning, "connect to Podman", "nothing listens on /run/podman.sock")},
		}},
		Engine:    &diagnose.Engine{Product: "Docker", Version: "28.5.2", API: "1.51", Arch: "amd64", CPUs: 8, Memory: 16 << 30, Storage: "overlay2 on extfs", Cgroup: "2", CgroupDriver: "systemd", Lacks: []string{"CPU"}},
		Sandboxes: []diagnose.Sandbox{{Name: "default", State: "healthy", Since: now.Add(-time.Hour), Version: "1.18.33", Image: "berth/opencode:1.18.33", ImageID: "sha256:9f86d081884c", Memory: 4 << 30}},
		Settings:  diagnose.Flatten(map[string]any{"image": map[string]any{"download": "https://jo:" + planted + "@mirror.lan/x.tgz"}}),
		Log:       []string{`time=2026-03-04T14:00:00Z level=INFO msg="berth starts" version=0.4.0`, "time=2026-03-04T14:00:01Z level=INFO msg=connected product=Docker"},
	}
}

func openDiagnostics(t *testing.T, mode theme.Mode, width, height float32) *shell {
	t.Helper()
	s := open(t, mode, width, height)
	s.engine.Report = diagnosis()
	s.vm.Show(true)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.goTo(viewmodel.DiagnosticsPage, nil)
	return s
}

func TestDiagnosticsShowWhatHelpsAndCopyItWithoutSecrets(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openDiagnostics(t, mode, 1280, 800)
		wantTexts(t, s.Content, "Diagnostics", "0.4.0 (993ec7b)", "~/.config/berth/settings.json", "http://***@proxy.lan:3128", "nothing listens on /run/podman.sock",
			"Docker 28.5.2, API 1.51", "CPU: sandboxes run without", "Not measured.", "berth/opencode:1.18.33", "msg=connected")
		if strings.Contains(texts(s.Content), planted) {
			t.Error("the page shows a secret")
		}
		s.keep(t, "diagnostics-"+string(mode))
		test.Tap(visible(t, s.Content, "Copy report"))
		if !strings.HasPrefix(s.copied, "Berth diagnostics, 2026-03-04") || !strings.Contains(s.copied, "overlay2") || strings.Contains(s.copied, planted) {
			t.Errorf("copied %q", s.copied)
		}
		wantTexts(t, s.Content, "The report is in the clipboard")
	}
}

func TestDiagnosticsFitASmallWindow(t *testing.T) {
	s := openDiagnostics(t, theme.Light, 720, 480)
	if size := s.Content.MinSize(); size.Width > 720 || size.Height > 480 {
		t.Errorf("the window needs %v", size)
	}
	s.keep(t, "diagnostics-small")
}

func TestTheEnginesDiskIsMeasuredOnlyWhenSomebodyAsks(t *testing.T) {
	s := openDiagnostics(t, theme.Dark, 1280, 800)
	if slices.Contains(s.engine.Told, "measure the disk") {
		t.Fatal("it is measured unasked")
	}
	page := s.pages[viewmodel.DiagnosticsPage]
	test.Tap(visible(t, page, "Measure"))
	id := task.ID(len(s.engine.Told))
	running := uitest.Connected(healthy("default"))
	running.Tasks = []task.View{{ID: id, Kind: task.Measure, Title: "Measuring the engine's disk", State: task.Running}}
	s.vm.Apply(running, now)
	test.Tap(visible(t, page, "Cancel"))
	if n := len(s.engine.Told); s.engine.Told[n-2] != "measure the disk" || s.engine.Told[n-1] != fmt.Sprintf("cancel %d", id) {
		t.Errorf("told %q", s.engine.Told)
	}
	s.engine.Report.Disk = &diagnose.Disk{At: now.Add(-2 * time.Minute), Images: diagnose.Use{Count: 9, Bytes: 4_200_000_000}}
	done := uitest.Connected(healthy("default"))
	done.Tasks = []task.View{{ID: id, Kind: task.Measure, State: task.Done}}
	s.vm.Apply(done, now)
	wantTexts(t, page, "measured 2 min ago", "9, 4.2GB")
	visible(t, page, "Measure")
	s.vm.Now = func() time.Time { return now.Add(time.Minute) }
	s.vm.Apply(done, now.Add(time.Minute))
	wantTexts(t, page, "measured 3 min ago")
}

func TestDiagnosticsAreGatheredAnewWhileSomebodyLooks(t *testing.T) {
	s := openDiagnostics(t, theme.Dark, 1280, 800)
	first := s.engine.Reports
	s.vm.Apply(s.engine.Now, now) // another state: no engine
	s.vm.Apply(s.engine.Now, now.Add(time.Second))
	if got := s.engine.Reports; got != first+1 {
		t.Errorf("gathered %d times, want %d", got, first+1)
	}
	s.vm.Now = func() time.Time { return now.Add(time.Minute) }
	s.vm.Apply(s.engine.Now, now.Add(time.Minute))
	if got := s.engine.Reports; got != first+2 {
		t.Errorf("gathered %d times, want %d", got, first+2)
	}
	s.vm.Go(viewmodel.SettingsPage)
	s.vm.Apply(s.engine.Now, now.Add(time.Hour))
	if got := s.engine.Reports; got != first+2 {
		t.Errorf("gathered %d times though nobody looks, want %d", got, first+2)
	}
}

func TestDiagnosticsAreFoundFromSettingsKeysAndTheWelcome(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.engine.Report = diagnosis()
	s.vm.Show(true)
	on := func() bool { page, _ := s.vm.Page.Get(); return page == viewmodel.DiagnosticsPage }
	s.vm.Go(viewmodel.SettingsPage)
	test.Tap(visible(t, s.Content, "Diagnostics"))
	if !on() {
		t.Error("not from the settings")
	}
	s.vm.Go(viewmodel.SandboxesPage)
	if s.shortcut(ctrl(fyne.KeyD, fyne.KeyModifierShift)); !on() {
		t.Error("not by its shortcut")
	}
	i := slices.IndexFunc(s.offered(), func(f found) bool { return f.title == "Copy the diagnostics report" })
	if i < 0 {
		t.Fatal("the palette does not offer it")
	}
	s.offered()[i].do()
	if !strings.Contains(s.copied, "Berth diagnostics") {
		t.Errorf("copied %q", s.copied)
	}
}

func TestTheReportThatIsSavedIsTheOneThatIsCopied(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openDiagnostics(t, mode, 1280, 800)
		page := s.pages[viewmodel.DiagnosticsPage]
		test.Tap(visible(t, page, "Copy report"))
		save := func(folder string, spoil func()) string {
			test.Tap(visible(t, page, "Save report…"))
			box := dialogOf(t, s)
			entries := all[*widget.Entry](box)
			if name := entries[0].Text; !strings.HasPrefix(name, "berth-report-") || !strings.HasSuffix(name, ".txt") {
				t.Errorf("it proposes %q", name)
			}
			entries[0].SetText("report.txt")
			entries[1].SetText(folder)
			spoil()
			test.Tap(visible(t, box, "Save"))
			if s.window.Canvas().Overlays().Top() != nil {
				t.Error("the dialog stays")
			}
			return filepath.Join(folder, "report.txt")
		}
		path := save(t.TempDir(), func() {})
		text, err := os.ReadFile(path)
		if err != nil || string(text) != s.copied || !strings.HasPrefix(s.copied, "Berth diagnostics") {
			t.Errorf("saved %q, copied %q, %v", text, s.copied, err)
		}
		wantTexts(t, s.Content, "Saved to "+path)

		gone := filepath.Join(t.TempDir(), "gone")
		if err := os.Mkdir(gone, 0o700); err != nil {
			t.Fatal(err)
		}
		path = save(gone, func() {
			if err := os.Remove(gone); err != nil {
				t.Fatal(err)
			}
		})
		wantTexts(t, s.Content, "The file could not be saved")
		if strings.Contains(texts(s.Content), "Saved to") {
			t.Error("a file that is not there is said to be saved")
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("something was written")
		}
	}
}

func TestAReportThatMayNotBeWrittenLeavesTheOldOneAsItIs(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	s := openDiagnostics(t, theme.Dark, 1280, 800)
	folder := t.TempDir()
	path := filepath.Join(folder, "report.txt")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o500); err != nil { //nolint:gosec // a folder
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) }) //nolint:gosec // a folder
	s.saveText(path, "new")
	wantTexts(t, s.Content, "The file could not be saved")
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("it holds %q, %v", text, err)
	}
}

func TestACrashIsOfferedWithItsReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crash-1.new")
	if err := os.WriteFile(path, []byte("Berth 0.4.0\n\nSIGABRT: abort\n\ngoroutine 1 [running]:\nmain.main()\npassword="+planted+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := crash.Crash{Path: path, At: now.Add(-2 * time.Hour), Why: "SIGABRT: abort"}
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		s.vm.Apply(uitest.Connected(healthy("default")), now)
		s.OfferCrash([]crash.Crash{one})
		box := dialogOf(t, s)
		wantTexts(t, box, "Berth crashed the last time", "SIGABRT: abort", "today 13:00")
		s.keep(t, "crash-"+string(mode))
		test.Tap(visible(t, box, "Show"))
		wantTexts(t, dialogOf(t, s), "Crash report")
		test.Tap(visible(t, dialogOf(t, s), "Copy all"))
		if !strings.Contains(s.copied, "goroutine 1") || strings.Contains(s.copied, planted) {
			t.Errorf("copied %q", s.copied)
		}
		s.escape()
		test.Tap(visible(t, dialogOf(t, s), "Copy"))
		if s.window.Canvas().Overlays().Top() != nil {
			t.Error("the dialog stays")
		}
		s.OfferCrash([]crash.Crash{one, one})
		wantTexts(t, dialogOf(t, s), "2 times")
		test.Tap(visible(t, dialogOf(t, s), "Dismiss"))
		if s.window.Canvas().Overlays().Top() != nil {
			t.Error("the dialog stays")
		}
	}
}

// The longest of them are a variable of the session and an engine that is looked for.
func TestNoLabelOfTheDiagnosticsIsCut(t *testing.T) {
	for _, label := range []string{"DBUS_SESSION_BUS_ADDRESS", "LIBGL_ALWAYS_SOFTWARE", "Tried: Docker (rootless, home)"} {
		if text := widget.NewText(label, widget.TextStyle{Size: 13}); text.Natural() > diagnosisLabel {
			t.Errorf("%q needs %v", label, text.Natural())
		}
	}
}
