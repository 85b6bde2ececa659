package image

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
)

// located is found once for all tests: asking a release host that is out of reach takes seconds.
var located = sync.OnceValues(func() (Download, error) {
	pin, _ := PinFor("amd64")
	return Locate(context.Background(), pin, "", LocateOptions{})
})

// recipe are the options of the image as Berth builds it.
func recipe(t testing.TB) BuildOptions {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the pinned binary of this test is for amd64")
	}
	pin, _ := PinFor("amd64")
	download, err := located()
	if err != nil {
		t.Fatal(err)
	}
	ca, _, err := HostCA()
	if err != nil {
		t.Fatal(err)
	}
	return BuildOptions{Pin: pin, URL: download.URL, CA: ca, Policy: quick, DockerConfig: t.TempDir()}
}

// tiny are the options of a build of another Dockerfile than Berth's.
func tiny(t testing.TB, dockerfile string) BuildOptions {
	t.Helper()
	o := good()
	o.Tag, o.Policy, o.DockerConfig, o.NoCache = enginetest.Name(t)+":1", quick, t.TempDir(), true
	o.Files = fstest.MapFS{"Dockerfile": {Data: []byte(dockerfile)}, "ca/fetch/README": {}, "ca/sandbox/README": {}}
	return o
}

// builtBy builds as a task and gives it when it is over.
func builtBy(t testing.TB, cli *client.Client, opts BuildOptions) (*task.Task, Image) {
	t.Helper()
	var got Image
	one := watched(t, 1, func(ctx context.Context, own *task.Task) (err error) {
		got, err = Build(ctx, cli, own, opts)
		return err
	})
	return one, got
}

// onBothBuilders runs a test with BuildKit and with the classic builder of one engine, and with Podman's where it is set up.
func onBothBuilders(t *testing.T, test func(t *testing.T, cli *client.Client, buildKit bool)) {
	t.Helper()
	t.Run("BuildKit", func(t *testing.T) { test(t, enginetest.Shared(t).Client, true) })
	t.Run("classic", func(t *testing.T) { test(t, enginetest.Shared(t).Client, false) })
	t.Run("Podman", func(t *testing.T) { test(t, enginetest.Podman(t).Client, true) })
}

func TestTheSandboxImageIsBuiltAndHoldsWhatItShould(t *testing.T) {
	enginetest.Slow(t)
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		opts := recipe(t)
		opts.BuildKit = buildKit
		one, got := builtBy(t, cli, opts)
		if err := one.View().Err; err != nil {
			t.Fatalf("%v\n%s", err, strings.Join(fault.From("", err).Log, "\n"))
		}
		if got.Labels["app.berth.opencode"] != opts.Pin.Version || got.Labels["org.opencontainers.image.version"] != opts.Pin.Version {
			t.Errorf("labels %v", got.Labels)
		}
		seen := output1(t, cli, got.Reference, `
id -u; id -g; id -un; echo $HOME; opencode --version
stat -c '%u:%g %n' ~/.local ~/.local/share/opencode ~/.local/state/opencode ~/.config ~/.config/opencode ~/.cache/opencode /workspace
git config --system safe.directory; git --version >/dev/null && rg --version >/dev/null && which tini curl ssh less ps
ls /usr/local/share/ca-certificates/berth; which sudo || echo no sudo`)
		for _, want := range []string{
			"1000\n1000\nopencode\n/home/opencode\n" + opts.Pin.Version + "\n",
			"1000:1000 /home/opencode/.local\n", "1000:1000 /home/opencode/.local/share/opencode\n",
			"1000:1000 /home/opencode/.local/state/opencode\n", "1000:1000 /home/opencode/.config/opencode\n",
			"1000:1000 /home/opencode/.cache/opencode\n", "1000:1000 /workspace\n", "\n*\n", "no sudo",
		} {
			if !strings.Contains(seen, want) {
				t.Errorf("%q is not in\n%s", want, seen)
			}
		}
		if strings.Contains(seen, "host.crt") {
			t.Error("the computer's CA bundle is in the sandbox image")
		}
		inspected, err := cli.ImageInspect(t.Context(), got.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(inspected.Config.Volumes) != 0 || !slices.Equal(inspected.Config.Entrypoint, []string{"tini", "-s", "--", "opencode"}) {
			t.Errorf("volumes %v, entrypoint %v", inspected.Config.Volumes, inspected.Config.Entrypoint)
		}
		left, err := cli.ImageList(t.Context(), dockerimage.ListOptions{
			Filters: filters.NewArgs(filters.Arg("dangling", "true"), filters.Arg("label", fetchStage)),
		})
		if err != nil || len(left) != 0 {
			t.Errorf("fetch stages left behind: %v, %v", left, err)
		}
	})
}

// output1 runs a shell script in a container of an image and gives what it prints.
func output1(t testing.TB, cli *client.Client, ref, script string) string {
	t.Helper()
	ctx := t.Context()
	made, err := cli.ContainerCreate(ctx, &container.Config{Image: ref, Entrypoint: []string{"sh", "-c", script}},
		&container.HostConfig{NetworkMode: "none"}, nil, nil, enginetest.Name(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cli.ContainerRemove(context.Background(), made.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
	})
	if err := cli.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	over, failed := cli.ContainerWait(ctx, made.ID, container.WaitConditionNotRunning) // a log that is followed while its container ends may be empty
	select {
	case <-over:
	case err := <-failed:
		t.Fatal(err)
	}
	logs, err := cli.ContainerLogs(ctx, made.ID, container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close() //nolint:errcheck // only read
	var all bytes.Buffer
	if _, err := stdcopy.StdCopy(&all, &all, logs); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return all.String()
}

func TestASecondBuildComesFromTheCache(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		opts := tiny(t, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo "+enginetest.Name(t)+"\n")
		opts.BuildKit, opts.NoCache = buildKit, false
		forget(t, cli, opts.Tag)
		builtBy(t, cli, opts)
		one, _ := builtBy(t, cli, opts)
		v := one.View()
		if v.Err != nil {
			t.Fatal(v.Err)
		}
		for _, s := range v.Steps {
			if strings.Contains(s.Label, "RUN echo") && (s.State != task.StepPresent || s.Detail != "cached") {
				t.Errorf("%+v", s)
			}
		}
	})
}

func TestABuildThatCannotSucceedSaysWhichStepAndWhy(t *testing.T) {
	const from = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"
	tests := []struct {
		name, dockerfile, base string
		kind                   fault.Kind
		why, log               string
	}{
		{"a command that fails", from + "RUN echo fine\nRUN echo what went wrong; exit 7\n", "", fault.BuildFailed, "exit code 7", "what went wrong"},
		{"a full disk", from + "RUN cat /etc/passwd >/dev/full\n", "", fault.DiskFull, "disk got full", "No space left"},
		{"a checksum that differs", from + "RUN echo 'berth: checksum wrong: expected a, got b' >&2; exit 1\n", "", fault.BuildFailed, "checksum", "expected a"},
		{"a base image that does not exist", from, "REGISTRY/absent:1", fault.ImageNotFound, "base image", ""},
	}
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				opts := tiny(t, tt.dockerfile)
				opts.BuildKit = buildKit
				if tt.base != "" {
					opts.BaseImage = strings.Replace(tt.base, "REGISTRY", enginetest.Registry(t), 1)
				}
				one, _ := builtBy(t, cli, opts)
				e := wantKind(t, one.View().Err, tt.kind)
				if !strings.Contains(e.Cause(), tt.why) || e.Remedy == "" {
					t.Errorf("why %q, remedy %q", e.Cause(), e.Remedy)
				}
				if tt.log != "" && !strings.Contains(strings.Join(e.Log, "\n"), tt.log) {
					t.Errorf("the step's own log is missing: %v", e.Log)
				}
				if slices.ContainsFunc(e.Log, func(line string) bool { return line == "fine" }) {
					t.Errorf("another step's log is in the error: %v", e.Log)
				}
				if v := one.View(); v.Attempt != 1 {
					t.Errorf("%d attempts", v.Attempt)
				}
			})
		}
	})
}

func TestALineOf1MBSurvives(t *testing.T) {
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		opts := tiny(t, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN head -c 1000000 /dev/zero | tr '\\0' x; echo; echo after\n")
		opts.BuildKit = buildKit
		forget(t, cli, opts.Tag)
		one, _ := builtBy(t, cli, opts)
		if err := one.View().Err; err != nil {
			t.Fatal(err)
		}
		var long, after, clipped bool
		for _, line := range one.Lines("") {
			long = long || len(line.Text) >= 1_000_000
			after = after || line.Text == "after"
			clipped = clipped || strings.Contains(line.Text, "[output clipped")
		}
		// BuildKit itself lets only so much of a step's output through a second, and says where it clipped it.
		if !clipped && (!long || !after) {
			t.Errorf("the long line is there: %v; the one after it: %v", long, after)
		}
		if clipped && !buildKit {
			t.Error("the classic builder clips nothing")
		}
	})
}

func TestACancelledBuildEndsTheEnginesWork(t *testing.T) {
	enginetest.Slow(t)
	if runtime.GOOS != "linux" {
		t.Skip("looks for the engine's processes in /proc")
	}
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		unique := strings.Map(digits, enginetest.Name(t)) + "77"
		mark, next := "9"+unique, "8"+unique
		if strings.Contains(t.Name(), "Podman") {
			// Podman 4.3 lets the step that runs come to its end, whatever becomes of the request, and begins no other.
			mark = "6." + unique
		}
		opts := tiny(t, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo begun; sleep "+mark+"\nRUN sleep "+next+"\n")
		opts.BuildKit = buildKit
		one := running(t, func(ctx context.Context, own *task.Task) error {
			_, err := Build(ctx, cli, own, opts)
			return err
		})
		await(t, t.Context(), "the step runs", func() bool { return processes(t, mark) > 0 })
		began := time.Now()
		one.Cancel()
		<-one.Done()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the task took %v to end", took)
		}
		if v := one.View(); v.State != task.Cancelled || fault.KindOf(v.Err) != fault.Cancelled {
			t.Errorf("state %s, %v", v.State, v.Err)
		}
		await(t, t.Context(), "the engine's process ends", func() bool { return processes(t, mark) == 0 })
		never(t, 2*time.Second, "the next step begins", func() bool { return processes(t, next) > 0 })
		if _, ok, _ := Find(t.Context(), cli, opts.Tag); ok {
			t.Error("there is an image")
		}
		await(t, t.Context(), "no container of the build is left", func() bool {
			all, err := cli.ContainerList(t.Context(), container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("status", "running"))})
			return err == nil && !slices.ContainsFunc(all, func(c container.Summary) bool { return strings.Contains(c.Command, mark) })
		})
	})
}

// never fails the test when ok says yes within the time.
func never(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	end := time.NewTimer(limit)
	defer end.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok() {
			t.Fatal(what)
		}
		select {
		case <-end.C:
			return
		case <-tick.C:
		}
	}
}

func digits(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// processes counts the sleeps of that many seconds on this computer, which is where the tests' engines run.
func processes(t testing.TB, seconds string) (n int) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lines {
		if raw, err := os.ReadFile(path); err == nil && string(raw) == "sleep\x00"+seconds+"\x00" {
			n++
		}
	}
	return n
}
