package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	bk "github.com/moby/buildkit/client"

	"berth/engine/fault"
	"berth/engine/task"
)

// played plays a stream of an engine to a task by do, which calls look after each message, and holds the task to what the
// window relies on whatever an engine says.
func played(t *testing.T, do func(own *task.Task, look func()) error) {
	t.Helper()
	end := make(chan error, 1)
	defer close(end)
	one := running(t, func(context.Context, *task.Task) error { return <-end })
	before := 0.0
	end <- do(one, func() { // here and not in the task's goroutine, so that a panic is one
		v := one.View()
		if v.Progress < before || v.Progress > 1 || math.IsNaN(v.Progress) {
			t.Errorf("progress went from %v to %v", before, v.Progress)
		}
		before = v.Progress
		checkView(t, v)
	})
	<-one.Done()
	checkView(t, one.View())
	for _, line := range one.Lines("") {
		if !utf8.ValidString(line.Text) || len(line.Text) > maxLine+100 {
			t.Fatalf("a line of the log is %d bytes: %.40q", len(line.Text), line.Text)
		}
	}
}

// belowZero is a number that no progress has.
var belowZero = regexp.MustCompile(`(^| )-\d`)

func checkView(t *testing.T, v task.View) {
	t.Helper()
	if v.Current < 0 || v.Total < 0 || v.Rate < 0 || math.IsNaN(v.Rate) || v.Left < 0 {
		t.Fatalf("%d of %d bytes, %v a second, %v left", v.Current, v.Total, v.Rate, v.Left)
	}
	for _, s := range v.Steps {
		if s.Current < 0 || s.Total < 0 || belowZero.MatchString(s.Detail) || !utf8.ValidString(s.Label+s.Detail) {
			t.Fatalf("the step %+v", s)
		}
	}
}

// checkError holds what came of a stream to be sorted, or to say that the stream broke.
func checkError(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	sorted := registryError(err)
	if isStreamError(err) == errors.Is(err, fault.Network) || sorted == nil {
		t.Fatalf("the stream ended with %v, sorted as %v", err, sorted)
	}
}

func FuzzPullStream(f *testing.F) {
	for _, s := range []string{
		graphDriver, containerdStore, manyLayers(3), `{"status":"x"}{"error":"manifest unknown"}`,
		`{"errorDetail":{"code":429,"message":"slow"},"error":"slow"}`, `{"id":"a","status":"Retrying in 5 seconds"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		played(t, func(own *task.Task, look func()) error {
			ls := newLayers(own, "")
			for range 2 { // the second attempt meets what the first has left
				ls.begin()
				err := read(t.Context(), strings.NewReader(stream), func(msg message) {
					ls.take(msg)
					look()
				})
				checkError(t, err)
			}
			ls.finish()
			return nil
		})
	})
}

func FuzzClassicBuildStream(f *testing.F) {
	plan, err := readPlan(fstest.MapFS{"Dockerfile": {Data: []byte("ARG BASE_IMAGE=debian\nFROM ${BASE_IMAGE} AS fetch\nRUN one\nRUN two\n")}})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		classicStream, podmanStream, classicStream + `{"errorDetail":{"code":7,"message":"returned a non-zero code: 7"},"error":"x"}`,
		`{"stream":"STEP 1: FROM debian\n"}{"stream":" 45 65.2M   45 29.6M    0     0  12.3M      0  0:00:05  0:00:02  0:00:03 12.3M\r"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		played(t, func(own *task.Task, look func()) error {
			cs := newClassicSteps(own, plan)
			messages := 0
			err := read(t.Context(), strings.NewReader(stream), func(msg message) {
				messages++
				cs.take(msg)
				look()
			})
			if n := len(cs.steps); n > len(plan)+messages {
				t.Fatalf("%d messages made %d steps", messages, n)
			}
			checkError(t, err)
			if !isStreamError(err) {
				cs.finish()
				return nil
			}
			b := &builder{op: "build x", opts: good()}
			if e := fault.From("", b.failure(cs.failed(err), err)); e == nil || e.Op == "" || e.Cause() == "" {
				t.Fatalf("%v is told as %+v", err, e)
			}
			return err
		})
	})
}

func FuzzBuildKitStream(f *testing.F) {
	recorded, err := os.ReadFile("testdata/buildkit.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(recorded)
	for line := range bytes.Lines(recorded) {
		f.Add(line)
	}
	f.Add([]byte(`{"vertexes":[{"digest":"a","name":"[1/2] RUN x","started":"2026-01-01T12:00:00Z"}],"logs":[{"vertex":"a","data":"YQ0KYg=="}]}` +
		`{"vertexes":[{"digest":"a","name":"[1/2] RUN x","error":"exit code: 7"},{"digest":"b","name":"exporting to image","cached":true}]}`))
	f.Fuzz(func(t *testing.T, stream []byte) {
		played(t, func(own *task.Task, look func()) error {
			vs := newVertices(own, []instruction{{name: "FROM"}, {name: "COPY"}})
			for decoder := json.NewDecoder(bytes.NewReader(stream)); ; {
				var status bk.SolveStatus
				if decoder.Decode(&status) != nil {
					break
				}
				// The real ones are made of protobuf, whose lists have no holes.
				status.Vertexes = slices.DeleteFunc(status.Vertexes, func(v *bk.Vertex) bool { return v == nil })
				status.Statuses = slices.DeleteFunc(status.Statuses, func(s *bk.VertexStatus) bool { return s == nil })
				status.Logs = slices.DeleteFunc(status.Logs, func(l *bk.VertexLog) bool { return l == nil })
				vs.take(&status)
				look()
			}
			if step := vs.failed(); step != nil && step.why == "" {
				t.Fatalf("%+v failed, and does not say why", step)
			}
			vs.finish()
			return nil
		})
	})
}

func FuzzOutputOfAStep(f *testing.F) {
	f.Add("a\r\nb\n10 %\r20 %\r\xffdone", uint(2))
	f.Add(" 45 65.2M   45 29.6M    0     0  12.3M      0  0:00:05  0:00:02  0:00:03 12.3M\r\n", uint(7))
	f.Fuzz(func(t *testing.T, data string, size uint) {
		lines := func(pieces func(write func(string))) (all []string) {
			played(t, func(own *task.Task, look func()) error {
				budget := longBudget
				out := output{step: own.Step("s", "s"), budget: &budget}
				pieces(func(piece string) {
					out.write(piece)
					look()
				})
				out.flush()
				for _, line := range own.Lines("s") {
					if strings.ContainsAny(line.Text, "\r\n") {
						t.Errorf("the line %q", line.Text)
					}
					all = append(all, line.Text)
				}
				return nil
			})
			return all
		}
		whole := lines(func(write func(string)) { write(data) })
		pieces := lines(func(write func(string)) {
			for piece := range slices.Chunk([]byte(data), int(size%64)+1) {
				write(string(piece))
			}
		})
		if !slices.Equal(whole, pieces) {
			t.Errorf("whole it is %q, in pieces %q", whole, pieces)
		}
	})
}

func FuzzAnswerOfARegistry(f *testing.F) {
	for _, s := range []string{
		`Head "https://r.test/v2/x/manifests/1": unauthorized: authentication required`, "toomanyrequests: slow", "429", ": 500",
		"error parsing HTTP 403 response body: invalid character '<'", "received unexpected HTTP status: 503 Service Unavailable",
	} {
		f.Add(s, 0)
		f.Add(s, 429)
	}
	f.Fuzz(func(t *testing.T, text string, code int) {
		err := &streamError{code: code, message: text}
		for _, found := range []credential{{}, {trouble: fault.New(fault.BadInput, "read Docker's sign-ins", "no")}} {
			e := fault.From("", explain(err, "pull x", "r.test", found))
			if e == nil || e.Op == "" || !errors.Is(e, e.Kind) {
				t.Fatalf("%q is told as %+v", text, e)
			}
		}
	})
}

func FuzzSignIns(f *testing.F) {
	for _, s := range []string{
		``, `{"auths":{"r.test":{"auth":"Ym9iOnMzY3JldA=="}}}`, `{"auths":{"r.test":{"auth":"s3cret"}}}`, `{"auths":{"https://r.test/v1/":{"auth":"Ym9i"}}}`,
		`{"credsStore":"absent","auths":{"r.test":{"identitytoken":"s3cret"}}}`, `{"credHelpers":{"r.test":"../../x"}}`, `{"auths":{"r.test":{"auth":"s3cret`,
	} {
		f.Add(s)
	}
	home := f.TempDir()
	f.Setenv("HOME", home)
	f.Setenv("PATH", home) // no helper is found, and so none is run
	f.Fuzz(func(t *testing.T, text string) {
		got := lookUp(t.Context(), dockerConfig(t, text), "r.test")
		if got.trouble == nil {
			return
		}
		if !got.anonymous() {
			t.Errorf("trouble beside a sign-in: %v", got.trouble)
		}
		said := got.trouble.Error() + got.trouble.Remedy
		for _, secret := range []string{"s3cret", "Ym9iOnMzY3JldA=="} {
			if strings.Contains(said, secret) && !strings.Contains(said, "docker-credential-") { // a helper's name is none
				t.Errorf("a secret reached the error: %s", said)
			}
		}
	})
}
