package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"

	"berth/engine/applog"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/diagnose"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/secret"
	"berth/engine/task"
)

// reportOf is a report once the engine's containers are known.
func reportOf(t *testing.T, e *Engine) diagnose.Report {
	t.Helper()
	enginetest.Eventually(t, time.Minute, "the engine to be connected", func() bool { return e.Snapshot().Listed && e.ready.Load() != nil })
	return e.Diagnose(t.Context())
}

func TestTheReportTellsWhatAnEngineIsAndKeeps(t *testing.T) {
	for product, of := range map[string]func(testing.TB) *enginetest.Engine{"Docker": enginetest.Shared, "Podman": enginetest.Podman} {
		t.Run(product, func(t *testing.T) {
			e := open(t, of(t).Host, nil)
			r := reportOf(t, e)
			if r.EngineErr != nil || r.Engine == nil {
				t.Fatalf("the engine is not known: %v", r.EngineErr)
			}
			got := *r.Engine
			if got.Product != product || got.Version == "" || got.API == "" || got.Storage == "" || got.Cgroup == "" || got.CPUs == 0 || got.Memory == 0 || got.Kernel == "" || got.Root == "" {
				t.Errorf("got %+v", got)
			}
			if r.Connection.Phase != "connected" || len(r.Connection.Attempts) == 0 || r.Disk != nil {
				t.Errorf("got %+v, disk %v", r.Connection, r.Disk)
			}
			v := mustFinish(t, e, e.MeasureDisk())
			if len(v.Steps) == 0 || !strings.HasPrefix(v.Detail, "the engine keeps ") {
				t.Errorf("the task was %+v", v)
			}
			disk := e.Diagnose(t.Context()).Disk
			if disk == nil || disk.At.IsZero() || disk.Images.Count == 0 || disk.Images.Bytes == 0 || len(disk.Free) == 0 {
				t.Fatalf("the disk is %+v", disk)
			}
			if disk.Images.Reclaimable > disk.Images.Bytes || disk.Volumes.Reclaimable > disk.Volumes.Bytes {
				t.Errorf("more can go than there is: %+v", disk)
			}
			t.Logf("\n%s", e.Diagnose(t.Context()).Text())
		})
	}
}

// TestNoReportAndNoLogHoldsAPlantedSecret plants a secret wherever Berth comes upon one, and looks for it in all that is made to be
// sent on, and in the log.
func TestNoReportAndNoLogHoldsAPlantedSecret(t *testing.T) {
	const planted = "hunter2-PLANTED"
	home := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	encoded := base64.StdEncoding.EncodeToString([]byte("jo:" + planted))
	write(".docker/config.json", `{"auths":{"127.0.0.1:1":{"auth":"`+encoded+`"}},"HttpHeaders":{"X-Token":"`+planted+`"}}`)
	write("config/secrets.json", `{"sandbox/default":"`+planted+`","provider/anthropic":"`+planted+`"}`)
	write("config/settings.json", `{"schema":1,"endpoint":"tcp://jo:`+planted+`@127.0.0.1:1","image":{"source":"pull","references":["127.0.0.1:1/x:y"],"download":"https://jo:`+planted+
		`@mirror.invalid/opencode.tgz"},"sandbox":{"memory":"4g","port":4096,"restart":"no"},"window":{"theme":"dark"},"provider":{"apiKey":"`+planted+`"}}`)
	settings, err := config.Open(filepath.Join(home, "config"))
	if err != nil || len(settings.Notes()) > 0 {
		t.Fatal(err, settings.Notes())
	}
	log, err := applog.Open(filepath.Join(home, "state", "berth.log"))
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HTTPS_PROXY": "http://jo:" + planted + "@127.0.0.1:2", "ANTHROPIC_API_KEY": planted, "DOCKER_HOST": "tcp://jo:" + planted + "@127.0.0.1:1"}
	e := Open(Options{
		Settings: settings, Secrets: secret.Open(filepath.Join(home, "config")), Log: log.Logger, About: About{Version: "1", LogFile: log.Path},
		Where: connect.Where{Home: home, Env: func(name string) string { return env[name] }},
	})
	t.Cleanup(e.Close)
	enginetest.Eventually(t, time.Minute, "the search to fail", func() bool { return e.Snapshot().Engine.Err != nil })
	for _, id := range []task.ID{e.Measure(), e.MeasureDisk(), e.RemoveImage(Image{ID: "sha256:0123456789abcdef"})} {
		if v := finish(t, e, id); v.State != task.Failed {
			t.Errorf("%s ended with %v", v.Title, v.Err)
		}
	}
	e.notice("", "the address https://jo:"+planted+"@host/ was said")
	e.log.Error("an error that quotes", "err", errors.New(`Get "https://jo:`+planted+`@host/": EOF`), "password", planted)

	r := e.Diagnose(t.Context())
	if len(r.Failures) != 3 || len(r.Log) == 0 || len(r.Settings) == 0 || r.Connection.Err == nil {
		t.Errorf("the report has %d failures, %d lines of log, %d settings, and says %v", len(r.Failures), len(r.Log), len(r.Settings), r.Connection.Err)
	}
	var shown strings.Builder
	for _, s := range r.Sections() {
		for _, line := range s.Lines {
			shown.WriteString(line.Label + line.Value + "\n")
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	logged, err := os.ReadFile(log.Path)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string][]byte{"the report": []byte(r.Text()), "the page": []byte(shown.String()), "the log": logged} {
		for _, secret := range []string{planted, "PLANTED", encoded} {
			if i := bytes.Index(text, []byte(secret)); i >= 0 {
				t.Errorf("%s holds a secret: …%s…", what, text[max(0, i-80):min(len(text), i+40)])
			}
		}
		if !bytes.Contains(text, []byte("***")) {
			t.Errorf("%s hides nothing, so nothing was planted there:\n%s", what, text)
		}
	}
	if bytes.Contains([]byte(r.Text()), []byte(home)) {
		t.Error("the home folder is named")
	}
}

func TestAReportWithoutAnEngineComesAtOnce(t *testing.T) {
	e := open(t, "unix:///nonexistent/docker.sock", nil)
	began := time.Now()
	r := e.Diagnose(t.Context())
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if r.Engine != nil || r.Program.Settings == "" || r.System.OS == "" {
		t.Errorf("got %+v", r)
	}
	enginetest.Eventually(t, time.Minute, "the search to fail", func() bool { return e.Snapshot().Engine.Err != nil })
	if v := finish(t, e, e.MeasureDisk()); !errors.Is(v.Err, fault.NoEngine) {
		t.Errorf("measured without an engine: %v", v.Err)
	}
}

func TestTheDiskIsSummedUpAsTheEnginesOwnProgramDoesIt(t *testing.T) {
	var got diagnose.Disk
	take(&got, types.DiskUsage{
		LayersSize: 1000,
		Images:     []*image.Summary{{Size: 600, SharedSize: 100, Containers: 1}, {Size: 500, SharedSize: 100}},
		Containers: []*container.Summary{{SizeRw: 10, State: "running"}, {SizeRw: 5, State: "exited"}},
		Volumes:    []*volume.Volume{{UsageData: &volume.UsageData{Size: 70, RefCount: 1}}, {UsageData: &volume.UsageData{Size: 30}}, {UsageData: &volume.UsageData{Size: -1}}, {}},
		BuildCache: []*build.CacheRecord{{Size: 40}, {Size: 20, InUse: true}, {Size: 900, Shared: true}},
	})
	want := diagnose.Disk{
		Images: diagnose.Use{Count: 2, Bytes: 1000, Reclaimable: 500}, Containers: diagnose.Use{Count: 2, Bytes: 15, Reclaimable: 5},
		Volumes: diagnose.Use{Count: 4, Bytes: 100, Reclaimable: 30}, Builds: diagnose.Use{Count: 3, Bytes: 60, Reclaimable: 40},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLimitsThatAnEngineCannotSetAreNamed(t *testing.T) {
	if got := lacksOf(system.Info{MemoryLimit: true, SwapLimit: true, CPUCfsQuota: true, PidsLimit: true}); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if diff := cmp.Diff([]string{"swap", "CPU"}, lacksOf(system.Info{MemoryLimit: true, PidsLimit: true})); diff != "" {
		t.Error(diff)
	}
}

func TestAnEngineThatStopsAnsweringDoesNotHoldTheReportUp(t *testing.T) {
	shared := enginetest.Shared(t)
	e := open(t, shared.Host, nil)
	reportOf(t, e)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := e.Diagnose(ctx); r.Engine != nil || r.EngineErr == nil || !strings.Contains(r.Text(), "ask the engine what it is") {
		t.Errorf("got %+v, %v", r.Engine, r.EngineErr)
	}
}
