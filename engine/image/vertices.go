package image

import (
	"strings"

	bk "github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"berth/engine/task"
)

// exportStep is the id of the step that stands for writing the image. It is there from the beginning and carries the
// weight of what BuildKit has not named yet, so that progress does not begin by claiming that all that is known is done.
const exportStep = "export"

// vertices turns BuildKit's status into steps of a task.
type vertices struct {
	t      *task.Task
	export *task.Step
	byID   map[digest.Digest]*vertex
	order  []*vertex
	todo   float64 // weight of the plan's instructions that no vertex has shown yet
	budget int
}

type vertex struct {
	output
	name     string
	err      string
	over     bool
	cached   bool
	statuses map[string]*bk.VertexStatus // running transfers by id
}

func newVertices(t *task.Task, plan []instruction) *vertices {
	vs := &vertices{t: t, byID: map[digest.Digest]*vertex{}, budget: longBudget}
	for _, one := range plan {
		if one.name == "RUN" || one.name == "COPY" || one.name == "FROM" {
			vs.todo += one.weight()
		}
	}
	return vs
}

// take reads one status.
func (vs *vertices) take(status *bk.SolveStatus) {
	for _, v := range status.Vertexes {
		vs.vertex(v)
	}
	for _, s := range status.Statuses {
		if v := vs.byID[s.Vertex]; v != nil {
			v.transfer(s)
		}
	}
	for _, l := range status.Logs {
		if v := vs.byID[l.Vertex]; v != nil {
			v.write(string(l.Data))
		}
	}
}

func (vs *vertices) vertex(got *bk.Vertex) {
	v := vs.of(got)
	v.cached = v.cached || got.Cached
	switch {
	case got.Error != "":
		v.flush()
		v.err, v.over = got.Error, true
		if strings.Contains(got.Error, "context canceled") {
			v.step.Wait("stopped")
			return
		}
		v.step.Fail("failed")
	case got.Completed != nil && v.cached:
		v.over = true
		v.step.Present("cached")
	case got.Completed != nil:
		v.flush()
		v.over, v.err = true, ""
		v.step.Done("done")
	case got.Started != nil:
		v.over, v.err = false, ""
		v.step.Begin("running")
	}
}

// of gives the vertex's own record, made at its first mention.
func (vs *vertices) of(got *bk.Vertex) *vertex {
	v, ok := vs.byID[got.Digest]
	if ok {
		return v
	}
	id, weight := string(got.Digest), vertexWeight(got.Name)
	if strings.HasPrefix(got.Name, "exporting to ") {
		id = exportStep
	}
	v = &vertex{name: got.Name, statuses: map[string]*bk.VertexStatus{}}
	v.output = output{step: vs.t.Step(id, got.Name), budget: &vs.budget}
	vs.byID[got.Digest] = v
	vs.order = append(vs.order, v)
	if id == exportStep {
		vs.export, vs.todo = v.step, 0
		v.step.Weigh(weight)
		return v
	}
	v.step.Weigh(weight)
	vs.todo = max(0, vs.todo-weight)
	if vs.export == nil {
		vs.export = vs.t.Step(exportStep, "exporting to image").Last()
	}
	vs.export.Weigh(vertexWeight("exporting") + vs.todo)
	return v
}

// vertexWeight is how much of the build a vertex is. BuildKit's own housekeeping is no part of it.
func vertexWeight(name string) float64 {
	if strings.HasPrefix(name, "[internal]") {
		return 0
	}
	if strings.HasPrefix(name, "exporting") {
		return 3
	}
	if _, rest, ok := strings.Cut(name, "] "); ok && strings.HasPrefix(name, "[") {
		word, _, _ := strings.Cut(rest, " ")
		return instruction{name: word}.weight()
	}
	return 0.2
}

// transfer adds up the running transfers of a vertex: the layers of a base image, the files of the context.
func (v *vertex) transfer(s *bk.VertexStatus) {
	if v.over {
		return
	}
	v.statuses[s.ID] = s
	var current, total int64
	for _, each := range v.statuses {
		now := believed(each.Current)
		current += now
		total += max(believed(each.Total), now)
	}
	detail := transferWord(s)
	for _, each := range v.statuses {
		if detail == "downloaded" && each.Name == "downloading" {
			detail = "downloading" // some layer still is
		}
	}
	if total > 0 {
		v.step.Bytes(detail, current, total)
	} else {
		v.step.Begin(detail)
	}
}

// transferWord is what a transfer does, in the words of a pull. BuildKit names it by itself ("downloading", "extract"), or by
// an id with addresses and digests in it that say nothing beside the step's own name.
func transferWord(s *bk.VertexStatus) string {
	switch {
	case s.Name == "downloading":
		return "downloading"
	case s.Name == "done":
		return "downloaded"
	case s.Name == "extract", strings.HasPrefix(s.ID, "extracting "):
		return "unpacking"
	case strings.HasPrefix(s.ID, "resolve "):
		return "looking"
	case strings.HasPrefix(s.ID, "exporting "), strings.HasPrefix(s.ID, "writing "), strings.HasPrefix(s.ID, "naming "):
		detail, _, _ := strings.Cut(s.ID, " sha256:")
		return detail
	}
	return "transferring"
}

// finish closes what BuildKit left open; it does not always tell the end of a vertex when the build has ended.
func (vs *vertices) finish() {
	for _, v := range vs.order {
		if !v.over {
			v.flush()
			v.step.Done("done")
		}
	}
	if vs.export != nil {
		vs.export.Done("done")
	}
}

// failed gives the step that broke the build; nil when none did.
func (vs *vertices) failed() *failedStep {
	for _, v := range vs.order {
		if v.err != "" && !strings.Contains(v.err, "context canceled") {
			return &failedStep{name: v.name, why: v.err, log: v.last}
		}
	}
	return nil
}
