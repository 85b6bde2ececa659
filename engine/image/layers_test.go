package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"berth/engine/fault"
	"berth/engine/task"
)

// graphDriver is a pull as engine 20.10 with overlay2 tells it, shortened.
const graphDriver = `{"status":"Pulling from library/x","id":"1"}
{"status":"Pulling fs layer","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Pulling fs layer","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Already exists","progressDetail":{},"id":"cccccccccccc"}
{"status":"Waiting","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Downloading","progressDetail":{"current":1048576,"total":4194304},"progress":"[==>  ]","id":"aaaaaaaaaaaa"}
{"status":"Retrying in 3 seconds","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Downloading","progressDetail":{"current":2097152,"total":2097152},"id":"bbbbbbbbbbbb"}
{"status":"Verifying Checksum","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Download complete","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Downloading","progressDetail":{"current":4194304,"total":4194304},"id":"aaaaaaaaaaaa"}
{"status":"Download complete","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Extracting","progressDetail":{"current":65536,"total":4194304},"id":"aaaaaaaaaaaa"}
{"status":"Extracting","progressDetail":{"current":4194304,"total":4194304},"id":"aaaaaaaaaaaa"}
{"status":"Pull complete","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Extracting","progressDetail":{"current":2097152,"total":2097152},"id":"bbbbbbbbbbbb"}
{"status":"Pull complete","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Digest: sha256:1111111111111111111111111111111111111111111111111111111111111111"}
{"status":"Status: Downloaded newer image for x:1"}
`

// containerdStore is a pull as engine 28 with the containerd store tells it, shortened: unpacking counts seconds.
const containerdStore = `{"status":"Pulling from library/x","id":"1"}
{"status":"Pulling fs layer","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Downloading","progressDetail":{"current":1048576,"total":4194304},"id":"aaaaaaaaaaaa"}
{"status":"Already exists","progressDetail":{},"id":"cccccccccccc"}
{"status":"Downloading","progressDetail":{"current":2097152,"total":8388608},"id":"aaaaaaaaaaaa"}
{"status":"Downloading","progressDetail":{"current":8388608,"total":8388608},"id":"aaaaaaaaaaaa"}
{"status":"Download complete","progressDetail":{"hidecounts":true},"id":"aaaaaaaaaaaa"}
{"status":"Extracting","progressDetail":{"current":1,"units":"s"},"id":"aaaaaaaaaaaa"}
{"status":"Extracting","progressDetail":{"current":3,"units":"s"},"id":"aaaaaaaaaaaa"}
{"status":"Pull complete","progressDetail":{"hidecounts":true},"id":"aaaaaaaaaaaa"}
{"status":"Digest: sha256:1111111111111111111111111111111111111111111111111111111111111111"}
{"status":"Status: Downloaded newer image for x:1"}
`

func TestBothDialectsBecomeSteps(t *testing.T) {
	tests := []struct {
		name, stream string
		steps        map[string]task.StepState
		bytes        int64 // downloaded in all
	}{
		{"graph driver", graphDriver, map[string]task.StepState{
			"aaaaaaaaaaaa": task.StepDone, "bbbbbbbbbbbb": task.StepDone, "cccccccccccc": task.StepPresent, "unpack": task.StepDone,
		}, 6 << 20},
		{"containerd store, whose total changes", containerdStore, map[string]task.StepState{
			"aaaaaaaaaaaa": task.StepDone, "cccccccccccc": task.StepPresent, "unpack": task.StepDone,
		}, 8 << 20},
		{
			"all layers present", `{"status":"Already exists","id":"cccccccccccc"}` + "\n" + `{"status":"Status: Image is up to date for x"}`,
			map[string]task.StepState{"cccccccccccc": task.StepPresent},
			0,
		},
		{"200 layers", manyLayers(200), map[string]task.StepState{"layer0": task.StepDone, "layer199": task.StepDone, "unpack": task.StepDone}, 200 << 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before float64
			one := run(t, func(ctx context.Context, own *task.Task) error {
				ls := newLayers(own, "")
				err := read(ctx, strings.NewReader(tt.stream), func(msg message) {
					ls.take(msg)
					v := own.View()
					if v.Progress < before {
						t.Errorf("progress fell from %v to %v at %+v", before, v.Progress, msg)
					}
					before = v.Progress
				})
				ls.finish()
				return err
			})
			v := one.View()
			if v.Err != nil || v.Progress != 1 {
				t.Fatalf("progress %v, error %v", v.Progress, v.Err)
			}
			for id, want := range tt.steps {
				if got := step(t, v, id); got.State != want {
					t.Errorf("%s is %s, want %s", id, got.State, want)
				}
			}
			if got := v.Total - step1000(v); got != tt.bytes {
				t.Errorf("%d bytes, want %d", got, tt.bytes)
			}
		})
	}
}

// step1000 is what the unpack step counts, which is not bytes.
func step1000(v task.View) (n int64) {
	for _, s := range v.Steps {
		if s.ID == "unpack" {
			n = max(s.Total, s.Current)
		}
	}
	return n
}

func manyLayers(n int) string {
	var b strings.Builder
	for _, status := range []string{
		`{"status":"Pulling fs layer","id":"layer%d"}`,
		`{"status":"Downloading","progressDetail":{"current":1024,"total":1024},"id":"layer%d"}`,
		`{"status":"Download complete","id":"layer%d"}`,
		`{"status":"Pull complete","id":"layer%d"}`,
	} {
		for i := range n {
			fmt.Fprintf(&b, status+"\n", i)
		}
	}
	return b.String()
}

func TestAfterARetryFinishedLayersStayDone(t *testing.T) {
	one := run(t, func(ctx context.Context, own *task.Task) error {
		ls := newLayers(own, "")
		half := strings.Join(strings.SplitAfter(graphDriver, "\n")[:15], "") // up to a's "Pull complete"
		if err := read(ctx, strings.NewReader(half), ls.take); err != nil {
			return err
		}
		before := own.View()
		ls.begin()
		again := strings.ReplaceAll(graphDriver, `{"status":"Pulling fs layer","progressDetail":{},"id":"aaaaaaaaaaaa"}`, `{"status":"Already exists","id":"aaaaaaaaaaaa"}`)
		for _, line := range strings.Split(strings.TrimSpace(again), "\n") {
			if strings.Contains(line, "aaaaaaaaaaaa") && !strings.Contains(line, "Already") {
				continue
			}
			if err := read(ctx, strings.NewReader(line), ls.take); err != nil {
				return err
			}
			v := own.View()
			if got := step(t, v, "aaaaaaaaaaaa"); got.State != task.StepDone || got.Current != 4<<20 {
				t.Errorf("after %s the finished layer is %+v", line, got)
			}
			if v.Progress < before.Progress {
				t.Errorf("progress fell from %v to %v", before.Progress, v.Progress)
			}
		}
		return nil
	})
	if err := one.View().Err; err != nil {
		t.Fatal(err)
	}
}

func TestAStreamThatDoesNotEndWellFails(t *testing.T) {
	tests := []struct {
		name, stream string
		kind         fault.Kind
	}{
		{"cut inside JSON", `{"status":"Downloading","progressDet`, fault.Network},
		{"junk instead of JSON", `<html>`, fault.Network},
		{"error after status 200", `{"status":"x"}` + "\n" + `{"errorDetail":{"message":"unauthorized: authentication required"},"error":"unauthorized"}`, fault.Unauthorized},
		{"error with a code", `{"errorDetail":{"code":429,"message":"slow"},"error":"slow"}`, fault.RateLimited},
		{"disk full while unpacking", `{"errorDetail":{"message":"write /usr/bin/x: no space left on device"},"error":"..."}`, fault.DiskFull},
		{"error alone, as Podman sends it", `{"error":"manifest unknown"}`, fault.ImageNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := read(t.Context(), strings.NewReader(tt.stream), func(message) {})
			if got := fault.KindOf(registryError(err)); got != tt.kind {
				t.Errorf("kind %q (%v), want %q", got, err, tt.kind)
			}
		})
	}
	t.Run("cut by the network", func(t *testing.T) {
		err := read(t.Context(), io.MultiReader(strings.NewReader(`{"status":"x"}`), broke{}), func(message) {})
		if !errors.Is(err, fault.Network) {
			t.Errorf("got %v", err)
		}
	})
}

type broke struct{}

func (broke) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnswersOfRegistriesAreSorted(t *testing.T) {
	tests := []struct {
		text string
		kind fault.Kind
	}{
		{"Head \"https://r.test/v2/x/manifests/1\": unauthorized: authentication required", fault.Unauthorized},
		{"pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", fault.Unauthorized},
		{"pull access denied for x, repository does not exist or may require 'docker login': denied: ", fault.Unauthorized},
		{"pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", fault.Unauthorized},
		{"Error response from daemon: unknown: ", fault.ImageNotFound},
		{"error parsing HTTP 403 response body: invalid character '<' looking for beginning of value", fault.Unauthorized},
		{"unexpected status from HEAD request to https://r.test/v2/x/manifests/1: 403 Forbidden", fault.Unauthorized},
		{"unexpected status from HEAD request to https://r.test/v2/x/manifests/1: 429 Too Many Requests", fault.RateLimited},
		{"toomanyrequests: You have reached your pull rate limit", fault.RateLimited},
		{"manifest for r.test/x:1 not found: manifest unknown: manifest unknown", fault.ImageNotFound},
		{"r.test/x:1: not found", fault.ImageNotFound},
		{"received unexpected HTTP status: 503 Service Unavailable", fault.EngineError},
		{"unexpected status from GET request to https://r.test/v2/x/blobs/1: 500 Internal Server Error", fault.EngineError},
		{"failed to do request: Head \"https://r.test/v2/\": dial tcp: lookup r.test: no such host", fault.Network},
		{"Get \"http://127.0.0.1:1/v2/\": EOF", fault.Network},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got := fault.KindOf(registryError(errors.New(tt.text))); got != tt.kind {
				t.Errorf("kind %q, want %q", got, tt.kind)
			}
		})
	}
}

func TestReferencesAreReadAsDockerDoes(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for ref, want := range map[string]string{
		"debian":                  "docker.io/library/debian:latest",
		"host:5000/x:tag":         "host:5000/x:tag",
		"127.0.0.1:5000/a/b":      "127.0.0.1:5000/a/b:latest",
		"ghcr.io/o/n@" + digest:   "ghcr.io/o/n@" + digest,
		" ghcr.io/o/n:1 ":         "ghcr.io/o/n:1",
		"Upper/Case":              "",
		"x:":                      "",
		"https://ghcr.io/o/n":     "",
		"":                        "",
		"x@sha256:tooshort":       "",
		"ghcr.io/o/n:1; rm -rf /": "",
	} {
		named, err := parse(ref)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was taken as %s", ref, named)
		case want == "" && err.Kind != fault.BadInput:
			t.Errorf("%q: %v", ref, err)
		case want != "" && (err != nil || named.String() != want):
			t.Errorf("%q became %v (%v), want %s", ref, named, err, want)
		}
	}
}

// endless says the same for ever.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

func TestAMessageWithoutAnEndDoesNotFillTheMemory(t *testing.T) {
	never := &endless{}
	err := read(t.Context(), io.MultiReader(strings.NewReader(`{"status":"a"}{"status":"`), never), func(message) {})
	if !errors.Is(err, fault.Network) || !errors.Is(err, errTooLong) || never.read > 2*maxMessage {
		t.Errorf("after %d bytes: %v", never.read, err)
	}
	// Many messages may be longer than one.
	count := 0
	one := `{"status":"` + strings.Repeat("y", 1<<20) + `"}`
	if err := read(t.Context(), strings.NewReader(strings.Repeat(one, 20)), func(message) { count++ }); err != nil || count != 20 {
		t.Errorf("%d messages, %v", count, err)
	}
}
