package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"berth/engine/fault"
	"berth/engine/task"
	"berth/resources"
)

// good are options that pass every check.
func good() BuildOptions {
	pin, _ := PinFor("amd64")
	return BuildOptions{Pin: pin, URL: "https://r.test/opencode.tar.gz"}.withDefaults()
}

func TestWhatCannotBeBuiltIsRefusedBeforeTheEngineIsAsked(t *testing.T) {
	if err := good().check("build x"); err != nil {
		t.Fatalf("good options: %v", err)
	}
	tests := map[string]func(*BuildOptions){
		"a tag that is none":          func(o *BuildOptions) { o.Tag = "Not A Tag" },
		"a base image that is none":   func(o *BuildOptions) { o.BaseImage = "x y" },
		"a package that is a command": func(o *BuildOptions) { o.Packages = []string{"vim; rm -rf /"} },
		"a package that is an option": func(o *BuildOptions) { o.Packages = []string{"-o=x"} },
		"a checksum that is none":     func(o *BuildOptions) { o.Pin.SHA256 = "0" },
		"a version that is none":      func(o *BuildOptions) { o.Pin.Version = "$(x)" },
		"an address without a scheme": func(o *BuildOptions) { o.URL = "r.test/x" },
		"an address of a local file":  func(o *BuildOptions) { o.URL = "file:///etc/passwd" },
		"an address with a quote":     func(o *BuildOptions) { o.URL = `https://r.test/"x` },
		"a user below zero":           func(o *BuildOptions) { o.UID = -1 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			o := good()
			spoil(&o)
			if e := wantKind(t, o.check("build x"), fault.BadInput); e.Remedy == "" {
				t.Error("no remedy")
			}
		})
	}
}

func TestThePlanOfTheRecipeIsKnown(t *testing.T) {
	plan, err := readPlan(resources.Sandbox())
	if err != nil {
		t.Fatal(err)
	}
	var froms, runs []string
	for _, one := range plan {
		switch one.name {
		case "FROM":
			froms = append(froms, one.stage)
		case "RUN":
			runs = append(runs, one.label())
		case "ARG", "LABEL", "COPY", "ENV", "USER", "WORKDIR", "EXPOSE", "ENTRYPOINT", "CMD":
		default:
			t.Errorf("%q is not classic syntax, or a line was joined wrongly", one.text)
		}
	}
	if !slices.Equal(froms, []string{"fetch", "sandbox"}) || len(runs) != 6 {
		t.Errorf("stages %v, commands %v", froms, runs)
	}
	if want := "[fetch] RUN apt-get -o Acquire::Retries=3 update && "; !strings.HasPrefix(runs[0], want) {
		t.Errorf("label %q does not begin with %q", runs[0], want)
	}
}

func TestTheContextHoldsTheRecipeAndTheCertificates(t *testing.T) {
	o := good()
	o.CA, _, _ = HostCA()
	o.CA = append(o.CA, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"...)
	tree := o.files()
	want := []string{"Dockerfile", "ca", "ca/fetch", "ca/fetch/README", "ca/fetch/host.crt", "ca/sandbox", "ca/sandbox/README"}
	if len(onlyCertificates(o.CA)) == 0 {
		want = slices.Delete(want, 4, 5)
	}

	var walked []string
	err := tree.Walk(t.Context(), "", func(name string, entry fs.DirEntry, err error) error {
		info, _ := entry.Info()
		if info.IsDir() != (info.Size() == 0 && entry.IsDir()) {
			t.Errorf("%s: %+v", name, info)
		}
		walked = append(walked, filepath.ToSlash(name))
		return err
	})
	if err != nil || !slices.Equal(walked, want) {
		t.Errorf("walked %v (%v), want %v", walked, err, want)
	}

	var archive bytes.Buffer
	if err := tree.tar(&archive); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(archive.String(), "PRIVATE KEY") {
		t.Error("a private key reached the build context")
	}
	var names []string
	for r := tar.NewReader(&archive); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, strings.TrimSuffix(header.Name, "/"))
	}
	if !slices.Equal(names, want) {
		t.Errorf("archived %v, want %v", names, want)
	}

	t.Run("a skipped folder is left out", func(t *testing.T) {
		walked = nil
		_ = tree.Walk(t.Context(), "", func(name string, _ fs.DirEntry, _ error) error {
			walked = append(walked, filepath.ToSlash(name))
			if name == "ca" {
				return fs.SkipDir
			}
			return nil
		})
		if !slices.Equal(walked, []string{"Dockerfile", "ca"}) {
			t.Errorf("walked %v", walked)
		}
	})
}

func TestTheOutputOfAStepBecomesLines(t *testing.T) {
	long := strings.Repeat("x", 1_000_000)
	tests := []struct {
		name   string
		pieces []string
		want   []string
	}{
		{"whole lines", []string{"a\nb\n"}, []string{"a", "b"}},
		{"lines in pieces", []string{"a", "b\nc", "\n"}, []string{"ab", "c"}},
		{"Windows line ends", []string{"a\r\nb\r\n"}, []string{"a", "b"}},
		{"overwritten text is not kept", []string{"10 %\r20 %\rdone\n"}, []string{"done"}},
		{"a last line without end", []string{"a\nb"}, []string{"a", "b"}},
		{"a line of 1 MB is whole", []string{long[:400_000], long[400_000:], "\nnext\n"}, []string{long, "next"}},
		{"a line of 2 MiB is cut and says so", []string{strings.Repeat("y", 2<<20), "\n"}, []string{strings.Repeat("y", 1<<20) + " … (1048576 more bytes)"}},
		{"bytes that are no text are made visible", []string{"a\xffb\n"}, []string{"a\uFFFDb"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one := run(t, func(_ context.Context, own *task.Task) error {
				budget := longBudget
				out := output{step: own.Step("s", "s"), budget: &budget}
				for _, piece := range tt.pieces {
					out.write(piece)
				}
				out.flush()
				return nil
			})
			var got []string
			for _, line := range one.Lines("s") {
				got = append(got, line.Text)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %d lines, want %d; the first is %.40q", len(got), len(tt.want), got[0])
			}
		})
	}
}

func TestManyLongLinesDoNotFillTheMemory(t *testing.T) {
	one := run(t, func(_ context.Context, own *task.Task) error {
		budget := longBudget
		out := output{step: own.Step("s", "s"), budget: &budget}
		for range 50 {
			out.write(strings.Repeat("x", 1_000_000) + "\n")
		}
		return nil
	})
	all := 0
	for _, line := range one.Lines("") {
		all += len(line.Text)
	}
	if all > longBudget+50*(longLine+100) {
		t.Errorf("%d bytes are kept", all)
	}
}

func TestCurlsMeterIsProgress(t *testing.T) {
	current, total, ok := curlMeter(" 45 65.2M   45 29.6M    0     0  12.3M      0  0:00:05  0:00:02  0:00:03 12.3M")
	if !ok || total != 68367155 || current != 31037849 {
		t.Errorf("got %d of %d, %v", current, total, ok)
	}
	if _, _, ok := curlMeter("45 packages upgraded, 0 newly installed, 0 to remove and 3 not upgraded."); ok {
		t.Error("an ordinary line was taken for the meter")
	}
}

// classicStream is a build as engine 20.10's classic builder tells it, shortened.
const classicStream = `{"stream":"Step 1/4 : ARG BASE_IMAGE=debian"}
{"stream":"\n"}
{"stream":"Step 2/4 : FROM ${BASE_IMAGE} AS fetch"}
{"stream":"\n"}
{"status":"Pulling from library/debian","id":"bookworm-slim"}
{"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"aaaaaaaaaaaa"}
{"status":"Pull complete","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"stream":" ---\u003e 72a81c46b839\n"}
{"stream":"Step 3/4 : RUN one"}
{"stream":"\n"}
{"stream":" ---\u003e Using cache\n"}
{"stream":" ---\u003e 4d8f557f1aa4\n"}
{"stream":"Step 4/4 : RUN two"}
{"stream":"\n"}
{"stream":" ---\u003e Running in 0123456789ab\n"}
{"stream":"hel"}
{"stream":"\u001b[91mlo\nworld\u001b[0m"}
{"stream":"\u001b[91m\n\u001b[0m"}
{"stream":"\u001b[92mof its own\u001b[0m\n"}
`

// podmanStream is the same as Podman 4.3 tells it.
const podmanStream = `{"stream":"[1/1] STEP 1/3: FROM debian AS fetch\n"}
{"stream":"[1/1] STEP 2/3: RUN one\n"}
{"stream":"--\u003e Using cache 4d8f557f1aa4\n"}
{"stream":"--\u003e 4d8f557f1aa\n"}
{"stream":"[1/1] STEP 3/3: RUN two\n"}
{"stream":"hello\nworld\n"}
{"stream":"\u001b[92mof its own\u001b[0m\n"}
`

func TestAClassicBuildIsReadStepByStep(t *testing.T) {
	plan, err := readPlan(fstest.MapFS{"Dockerfile": {Data: []byte("ARG BASE_IMAGE=debian\nFROM ${BASE_IMAGE} AS fetch\nRUN one\nRUN two\n")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, stream := range map[string]string{"Docker": classicStream, "Podman": podmanStream} {
		t.Run(name, func(t *testing.T) {
			var failed *failedStep
			one := run(t, func(ctx context.Context, own *task.Task) error {
				steps := newClassicSteps(own, plan)
				if err := read(ctx, strings.NewReader(stream), steps.take); err != nil {
					return err
				}
				if p := own.View().Progress; p <= 0 || p > 0.9 { // what was cached is none
					t.Errorf("before the last of two commands is over progress is %v", p)
				}
				failed = steps.failed(errors.New("the command returned a non-zero code: 7"))
				return errors.New("stop here")
			})
			v := one.View()
			if got := step(t, v, "step 3"); got.State != task.StepPresent || got.Detail != "cached" || got.Label != "[fetch] RUN one" {
				t.Errorf("cached step: %+v", got)
			}
			if got := step(t, v, "step 4"); got.State != task.StepFailed {
				t.Errorf("failed step: %+v", got)
			}
			if failed.name != "[fetch] RUN two" || !slices.Contains(failed.log, "hello") || !slices.Contains(failed.log, "world") ||
				!slices.Contains(failed.log, "\x1b[92mof its own\x1b[0m") {
				t.Errorf("failed step: %+v", failed)
			}
		})
	}
}

func TestAFailedBuildSaysWhy(t *testing.T) {
	b := &builder{op: "build x", opts: good()}
	tests := []struct {
		name   string
		step   *failedStep
		err    string
		kind   fault.Kind
		why    string
		remedy string
	}{
		{
			"a command", &failedStep{name: "[fetch 2/5] RUN apt-get update", log: []string{"E: broken"}},
			`failed to solve: process "/bin/sh -c x" did not complete successfully: exit code: 100`, fault.BuildFailed, "exit code 100", "log",
		},
		{
			"a wrong checksum", &failedStep{name: "[fetch 5/5] RUN set -eu", log: []string{"berth: checksum wrong: expected a, got b"}},
			"exit code: 1", fault.BuildFailed, "checksum", "download address",
		},
		{
			"a download that fails", &failedStep{name: "RUN x", log: []string{"curl: (22) 404", "berth: download failed (curl exit code 22)"}},
			"returned a non-zero code: 1", fault.BuildFailed, "could not be downloaded", "download address",
		},
		{
			"a full disk in a step", &failedStep{name: "RUN x", log: []string{"cp: write error: No space left on device"}},
			"exit code: 1", fault.DiskFull, "disk got full", "Free some space",
		},
		{
			"a full disk while exporting", &failedStep{name: "exporting to image", why: "write /var/lib/x: no space left on device"},
			"no space left on device", fault.DiskFull, "disk got full", "Free some space",
		},
		{
			"a base image that does not exist", &failedStep{name: "[internal] load metadata for docker.io/library/nope:1", why: "docker.io/library/nope:1: not found"},
			"failed to solve: nope:1: not found", fault.ImageNotFound, "base image", "Check the base image",
		},
		{
			"a base image behind a broken network", &failedStep{name: "[internal] load metadata for r.test/x:1", why: "dial tcp: lookup r.test: no such host"},
			"failed to do request: dial tcp: lookup r.test: no such host", fault.Network, "base image", "network",
		},
		{
			"a base image, classic", nil, "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
			fault.Unauthorized, "base image", "Check the base image",
		},
		{
			"an engine that went away", &failedStep{name: "RUN x", why: "rpc error: code = Unavailable desc = error reading from server: EOF"},
			"rpc error: code = Unavailable desc = error reading from server: EOF", fault.Network, "EOF", "Check",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := wantKind(t, b.failure(tt.step, errors.New(tt.err)), tt.kind)
			if !strings.Contains(e.Cause(), tt.why) || !strings.Contains(e.Remedy, tt.remedy) {
				t.Errorf("why %q, remedy %q", e.Cause(), e.Remedy)
			}
			if tt.step != nil && e.Kind == fault.BuildFailed && !slices.Equal(e.Log, tt.step.log) {
				t.Errorf("the step's log is not in the error: %v", e.Log)
			}
		})
	}
}
