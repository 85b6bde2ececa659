package viewmodel

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/fault"
	"berth/ui/uitest"
)

// keptAt is when these tests take place.
var keptAt = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

// keptApp is an app on a fake with one sandbox and one that is gone.
func keptApp(t *testing.T) (*App, *uitest.Engine) {
	t.Helper()
	f := uitest.New()
	f.Kept.Volumes = []engine.Volume{
		{Name: "opencode-session", Sandbox: "default", Role: agent.Session, Size: 5e6, Files: 1234, Measured: keptAt.Add(-time.Minute)},
		{Name: "opencode-config", Sandbox: "default", Role: agent.Config},
		{Name: "opencode-session.1", Sandbox: "default", Role: agent.Session, Point: "1"},
		{Name: "opencode-session-old", Sandbox: "old", Role: agent.Session, Orphan: true},
	}
	a := New(f)
	a.Now = func() time.Time { return keptAt }
	a.Apply(uitest.Connected(engine.Sandbox{Name: "default", Version: "1.18.33"}), keptAt)
	return a, f
}

func TestANameOfASandboxThatIsFilledBelongsToNobody(t *testing.T) {
	a, _ := keptApp(t)
	for name, want := range map[string]string{
		"": "needs a name", "default": "sandbox of that name", "old": "volumes of that name", "Bad": "small letters", "-a": "small letters", strings.Repeat("x", 41): "too long",
		"fresh": "", " fresh ": "",
	} {
		if got := a.FreshNameTrouble(name); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := a.NameTrouble("old"); got != "" {
		t.Errorf("a sandbox that is gone cannot be brought back: %q", got)
	}
	for like, want := range map[string]string{"default": "default-2", "a-": "a-2", strings.Repeat("x", 40): strings.Repeat("x", 36) + "-2"} {
		if got := a.FreeName(like); got != want {
			t.Errorf("like %q: %q, want %q", like, got, want)
		}
	}
}

func TestANameFromElsewhereCannotWriteOverTheLine(t *testing.T) {
	for name, want := range map[string]string{
		"plain name.txt": "plain name.txt", "größe 日本": "größe 日本", "a\nb": `a\nb`, "\x1b[31m": `\x1b[31m`, "a\u202eb": `a\u202eb`, "\xff": `\xff`, "a\u00a0b": `a\u00a0b`, "\ufffd": "\ufffd",
	} {
		if got := Plain(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"a/b:c": "a_b_c", "x\ny\xff": "x_y_"} {
		if got := (FileRow{Name: name}).SaveName(); got != want {
			t.Errorf("saved as %q, want %q", got, want)
		}
	}
	if got := (FileRow{Name: "src", Folder: true}).SaveName(); got != "src.tar" {
		t.Errorf("a folder is saved as %q", got)
	}
}

func TestVolumesSayWhatIsKnownOfThemAndWhen(t *testing.T) {
	a, f := keptApp(t)
	if len(a.Volumes.Rows()) != 3 || get(a.Volumes.Count) != "3" {
		t.Fatalf("%d rows, count %q", len(a.Volumes.Rows()), get(a.Volumes.Count))
	}
	measured, never, gone := a.Volumes.Rows()[0], a.Volumes.Rows()[1], a.Volumes.Rows()[2]
	if measured.Size != "5 MB" || measured.Counted != "1 min ago" || measured.Measured() != "5 MB · 1 min ago" || measured.Files != "1,234" {
		t.Errorf("%+v", measured)
	}
	if never.Measured() != "not measured" || never.Size != "" || never.Files != "" || never.Bytes() >= 0 {
		t.Errorf("%+v", never)
	}
	if gone.Note != "its sandbox is gone" || gone.Tone != Caution || measured.Note != "" {
		t.Errorf("%+v", gone)
	}
	a.Volumes.ShowPoints(true)
	if len(a.Volumes.Rows()) != 4 || get(a.Volumes.Count) != "3" {
		t.Errorf("%d rows with points, count %q", len(a.Volumes.Rows()), get(a.Volumes.Count))
	}
	a.Go(VolumesPage)
	a.Volumes.apply(a.snapshot, keptAt)
	measures := func() (n int) {
		for _, told := range f.Told {
			if told == "measure" {
				n++
			}
		}
		return n
	}
	a.Go(SandboxesPage)
	a.Go(VolumesPage)
	if measures() != 1 {
		t.Errorf("measured %d times when the page was opened", measures())
	}
	f.Kept.Volumes = append(f.Kept.Volumes, engine.Volume{Name: "opencode-session-new", Sandbox: "new", Role: agent.Session})
	snap := a.snapshot
	snap.Volumes++
	a.Apply(snap, keptAt)
	if measures() != 2 {
		t.Errorf("measured %d times after a new volume came", measures())
	}
}

func TestAListThatFailedIsAskedForAgain(t *testing.T) {
	a, f := keptApp(t)
	f.Kept.Err = errors.New("busy")
	snap := a.snapshot
	snap.Volumes++
	a.Apply(snap, keptAt)
	if get(a.Volumes.Trouble) != "busy" || len(a.Volumes.Rows()) != 3 {
		t.Errorf("trouble %q, %d rows", get(a.Volumes.Trouble), len(a.Volumes.Rows()))
	}
	f.Kept.Err, f.Kept.Volumes = nil, nil
	a.Apply(snap, keptAt.Add(time.Second))
	if get(a.Volumes.Trouble) != "busy" {
		t.Error("it is asked for again at once")
	}
	a.Apply(snap, keptAt.Add(volumesPatience))
	if get(a.Volumes.Trouble) != "" || !get(a.Volumes.Empty) {
		t.Errorf("trouble %q, empty %v", get(a.Volumes.Trouble), get(a.Volumes.Empty))
	}
}

func TestWhatIsKeptNeverStandsUnderAnothersName(t *testing.T) {
	a, f := keptApp(t)
	f.Kept.Points = []engine.Point{{ID: "1", Reason: "update", Created: keptAt.Add(-time.Hour), Version: "1.17.9", Roles: []agent.Role{agent.Session}}}
	var late []func()
	a.Async = func(work func(context.Context) func()) { late = append(late, work(context.Background())) }
	a.Kept.Watch(true)
	ofDefault := late[len(late)-1]
	a.Apply(uitest.Connected(engine.Sandbox{Name: "other"}), keptAt)
	ofDefault()
	if get(a.Detail.Name) != "other" || len(a.Kept.Points()) > 0 || len(a.Kept.Volumes()) > 0 {
		t.Errorf("%d points and %d volumes under the name of %q", len(a.Kept.Points()), len(a.Kept.Volumes()), get(a.Detail.Name))
	}
	rows := pointRows(f.Kept.Points, keptAt)
	if rows[0].Reason != "before an update" || rows[0].Age != "1 h ago" || rows[0].Holds != "Sessions" || rows[0].Version != "opencode 1.17.9" {
		t.Errorf("%+v", rows[0])
	}
}

func TestAnUpdateKnowsWhetherItCrossesAMajorVersion(t *testing.T) {
	for _, c := range []struct {
		from, to       string
		known, crosses bool
	}{{"1.17.9", "1.18.33", true, false}, {"1.18.33", "2.0.0", true, true}, {"", "2.0.0", true, false}, {"1.18.33", "", false, false}} {
		a, _ := keptApp(t)
		a.Apply(uitest.Connected(engine.Sandbox{Name: "x", Version: c.from, Update: c.to}), keptAt)
		u, ok := a.UpdateOf("x")
		if !ok || u.Known != c.known || u.Crosses != c.crosses {
			t.Errorf("%+v: %+v", c, u)
		}
	}
	a, _ := keptApp(t)
	if _, ok := a.UpdateOf("nobody"); ok {
		t.Error("a sandbox that is not there has an update")
	}
}

func TestTheSettingsOfBackupsRefuseWhatCannotBe(t *testing.T) {
	a, f := keptApp(t)
	options := map[string]Option{}
	for _, o := range keepOptions() {
		options[o.Key] = o
	}
	for key, texts := range map[string]map[string]bool{
		"backup.folder": {"relative": false, "/srv/backups": true, "": true}, "backup.keep": {"0": false, "x": false, "1001": false, "14": true},
		"update.points": {"-1": false, "101": false, "": false, "0": true, "5": true}, "backup.every": {"daily": true, "": true},
	} {
		for text, fine := range texts {
			if why := a.Settings.Try(options[key], text); (why == "") != fine {
				t.Errorf("%s %q: %q", key, text, why)
			}
		}
	}
	a.Settings.Set(options["update.points"], "0")
	a.Settings.Set(options["backup.every"], config.EveryWeek)
	if f.Saved.Update.KeptPoints() != 0 || f.Saved.Backup.Every != config.EveryWeek || f.Saved.Backup.Folder != "" {
		t.Errorf("saved %+v, %+v", f.Saved.Backup, f.Saved.Update)
	}
}

func TestWhyAFileCannotBeRestoredIsASentence(t *testing.T) {
	a, f := keptApp(t)
	f.Kept.Err = fault.New(fault.BadInput, "read the backup", "it is not a backup of Berth, or was never finished")
	form := a.NewRestore("")
	form.Choose("/junk.berth", func() {})
	if got := form.CheckFile(); !got.Bad || got.Text != "It is not a backup of Berth, or was never finished." {
		t.Errorf("it says %+v", got)
	}
}
