package image

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	bk "github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"berth/engine/task"
)

const (
	contextVertex digest.Digest = "sha256:context"
	runVertex     digest.Digest = "sha256:run"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// recording is what BuildKit of engine 20.10 told of a build of `FROM r.test/base:1` and `COPY Dockerfile /`, through a slow
// network; digests and times are shortened.
func recording(t testing.TB) []*bk.SolveStatus {
	t.Helper()
	file, err := os.Open("testdata/buildkit.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var all []*bk.SolveStatus
	for decoder := json.NewDecoder(file); decoder.More(); {
		status := new(bk.SolveStatus)
		if err := decoder.Decode(status); err != nil {
			t.Fatal(err)
		}
		all = append(all, status)
	}
	return all
}

// seen is what a step shows.
type seen struct {
	state          task.StepState
	detail         string
	current, total int64
}

// play feeds statuses to a task and gives what the step of that id showed, each thing once. Progress must not fall.
func play(t testing.TB, id string, statuses ...*bk.SolveStatus) []seen {
	t.Helper()
	var all []seen
	one := run(t, func(_ context.Context, own *task.Task) error {
		vs := newVertices(own, []instruction{{name: "FROM"}, {name: "COPY"}})
		before := 0.0
		for _, status := range statuses {
			vs.take(status)
			v := own.View()
			if v.Progress < before {
				t.Errorf("progress fell from %v to %v", before, v.Progress)
			}
			before = v.Progress
			for _, s := range v.Steps {
				if now := (seen{s.State, s.Detail, s.Current, s.Total}); s.ID == id && (len(all) == 0 || all[len(all)-1] != now) {
					all = append(all, now)
				}
			}
		}
		vs.finish()
		return nil
	})
	v := one.View()
	if last := v.Steps[len(v.Steps)-1]; v.Progress != 1 || last.ID != exportStep || last.State != task.StepDone {
		t.Errorf("at the end: progress %v, last step %+v", v.Progress, last)
	}
	return all
}

func TestBytesOfBuildKitAddUpPerStep(t *testing.T) {
	const layers, small = 400303 + 400304, 589 + 252 // the manifest and the image's configuration
	for id, want := range map[string][]seen{
		"sha256:from": {
			{task.StepWaiting, "", 0, 0},
			{task.StepDone, "done", 0, 0}, // BuildKit looks in its cache first and tells of that as of a whole run
			{task.StepActive, "running", 0, 0},
			{task.StepActive, "looking", 0, 0},
			{task.StepActive, "downloading", small, layers + small},
			{task.StepActive, "unpacking", small, layers + small},
			{task.StepActive, "downloaded", layers + small, layers + small},
			{task.StepActive, "unpacking", layers + small, layers + small},
			{task.StepDone, "done", layers + small, layers + small},
		},
		"sha256:context": {
			{task.StepWaiting, "", 0, 0},
			{task.StepActive, "running", 0, 0},
			{task.StepActive, "transferring", 0, 0},
			{task.StepActive, "transferring", 19, 19},
			{task.StepActive, "transferring", 79, 79},
			{task.StepDone, "done", 79, 79},
		},
	} {
		if got := play(t, id, recording(t)...); !slices.Equal(got, want) {
			t.Errorf("%s showed\n%+v\nwant\n%+v", id, got, want)
		}
	}
}

func TestBytesThatComeLateOrFromNowhereChangeNothing(t *testing.T) {
	moves := func(vertex digest.Digest, current, total int64) *bk.SolveStatus {
		return &bk.SolveStatus{Statuses: []*bk.VertexStatus{{ID: "sha256:1", Name: "downloading", Vertex: vertex, Current: current, Total: total}}}
	}
	began := &bk.SolveStatus{Vertexes: []*bk.Vertex{{Digest: contextVertex, Name: "[1/2] FROM x", Started: &noon}}}
	ended := &bk.SolveStatus{Vertexes: []*bk.Vertex{{Digest: contextVertex, Name: "[1/2] FROM x", Started: &noon, Completed: &noon}}}
	got := play(t, string(contextVertex), moves(contextVertex, 5, 5), began, moves(contextVertex, 100, 0), moves(contextVertex, 400, 1000),
		moves("sha256:unknown", 7, 7), ended, moves(contextVertex, 1, 9000))
	want := []seen{
		{task.StepActive, "running", 0, 0},
		{task.StepActive, "downloading", 100, 100}, // the total is not known yet
		{task.StepActive, "downloading", 400, 1000},
		{task.StepDone, "done", 1000, 1000},
	}
	if !slices.Equal(got, want) {
		t.Errorf("it showed\n%+v\nwant\n%+v", got, want)
	}
}

func TestAVertexThatFailsIsToldWithItsOwnLastLines(t *testing.T) {
	_ = run(t, func(_ context.Context, own *task.Task) error {
		vs := newVertices(own, nil)
		vs.take(&bk.SolveStatus{Vertexes: []*bk.Vertex{{Digest: runVertex, Name: "[2/2] RUN make", Started: &noon}}})
		vs.take(&bk.SolveStatus{Logs: []*bk.VertexLog{{Vertex: runVertex, Data: []byte("make: no rule")}, {Vertex: "sha256:unknown", Data: []byte("of nobody\n")}}})
		vs.take(&bk.SolveStatus{Vertexes: []*bk.Vertex{
			{Digest: contextVertex, Name: "[1/2] COPY a", Started: &noon, Completed: &noon, Error: "context canceled"},
			{Digest: runVertex, Name: "[2/2] RUN make", Started: &noon, Completed: &noon, Error: "exit code: 2"},
		}})
		failed := vs.failed()
		if failed == nil || failed.name != "[2/2] RUN make" || failed.why != "exit code: 2" || !slices.Equal(failed.log, []string{"make: no rule"}) {
			t.Errorf("got %+v", failed)
		}
		v := own.View()
		if got := step(t, v, string(runVertex)); got.State != task.StepFailed {
			t.Errorf("the step that failed: %+v", got)
		}
		if got := step(t, v, string(contextVertex)); got.State != task.StepWaiting || got.Detail != "stopped" {
			t.Errorf("the one that was stopped for it: %+v", got)
		}
		return errors.New("stop here")
	})
}
