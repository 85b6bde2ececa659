package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

const (
	soakVariants = 2 // images that sandboxes are updated to in turn
	soakSmall    = 4 // small images that are pulled and removed
)

// soakCommand is one thing that a person may do.
type soakCommand struct {
	kind   string
	weight int
	give   func(e *Engine, r *rand.Rand) task.ID                           // a task, 0 when there is nothing to wait for
	ask    func(ctx context.Context, e *Engine, r *rand.Rand) (any, error) // or a question that waits for its answer
}

func (s *soak) commands() []soakCommand {
	name := func(r *rand.Rand) string { return s.names[r.IntN(len(s.names))] }
	// The first one's data are never put back, so that all that was acknowledged has to be in it.
	turned := func(r *rand.Rand) string { return s.names[1+r.IntN(len(s.names)-1)] }
	copied := func(r *rand.Rand) string { return s.copies[r.IntN(len(s.copies))] }
	either := func(r *rand.Rand) string {
		if r.IntN(4) == 0 {
			return copied(r)
		}
		return name(r)
	}
	return []soakCommand{
		{kind: "create", weight: 2, give: func(e *Engine, r *rand.Rand) task.ID {
			return e.Create(sandbox.Spec{Name: name(r), Image: s.ref})
		}},
		{kind: "start", weight: 14, give: func(e *Engine, r *rand.Rand) task.ID { return e.Start(name(r)) }},
		{kind: "stop", weight: 3, give: func(e *Engine, r *rand.Rand) task.ID { return e.Stop(either(r)) }},
		{kind: "restart", weight: 3, give: func(e *Engine, r *rand.Rand) task.ID { return e.Restart(name(r)) }},
		{kind: "edit", weight: 5, give: func(e *Engine, r *rand.Rand) task.ID {
			return e.Edit(sandbox.Spec{Name: either(r), Image: s.ref, Memory: int64(1+r.IntN(2)) << 30})
		}},
		{kind: "new password", weight: 3, give: func(e *Engine, r *rand.Rand) task.ID { return e.NewPassword(either(r)) }},
		{kind: "backup", weight: 4, give: func(e *Engine, r *rand.Rand) task.ID {
			return e.Backup(either(r), filepath.Join(s.dir, "backups", fmt.Sprintf("%d.berth", r.IntN(8))))
		}},
		{kind: "restore", weight: 2, give: func(e *Engine, r *rand.Rand) task.ID {
			to := turned(r)
			return e.Restore(s.backup(to), to, false)
		}},
		{kind: "restore to another", weight: 2, give: func(e *Engine, r *rand.Rand) task.ID {
			return e.Restore(s.backup(name(r)), copied(r), false)
		}},
		{kind: "clone", weight: 4, give: func(e *Engine, r *rand.Rand) task.ID { return e.Clone(name(r), copied(r)) }},
		{kind: "delete data", weight: 2, give: func(e *Engine, r *rand.Rand) task.ID { return e.DeleteData(copied(r)) }},
		{kind: "update", weight: 4, give: func(e *Engine, r *rand.Rand) task.ID {
			s.publish(r.IntN(soakVariants))
			return e.Update(turned(r))
		}},
		{kind: "rollback", weight: 3, give: s.rollback(turned, (*Engine).Rollback)},
		{kind: "remove point", weight: 1, give: s.rollback(turned, (*Engine).RemovePoint)},
		{kind: "remove", weight: 2, give: func(e *Engine, r *rand.Rand) task.ID { return e.Remove(name(r)) }},
		{kind: "repair", weight: 1, give: func(e *Engine, r *rand.Rand) task.ID { return e.Repair(name(r), r.IntN(2) == 0) }},
		{kind: "pull", weight: 3, give: func(e *Engine, r *rand.Rand) task.ID {
			return e.PullImage(fmt.Sprintf("%s:%d", s.small, r.IntN(soakSmall)))
		}},
		{kind: "remove image", weight: 2, give: s.removeSmall},
		{kind: "measure", weight: 1, give: func(e *Engine, _ *rand.Rand) task.ID { return e.Measure() }},
		{kind: "cancel", weight: 4, give: func(e *Engine, r *rand.Rand) task.ID {
			var running []task.ID
			for _, v := range e.Snapshot().Tasks {
				if !v.State.Over() {
					running = append(running, v.ID)
				}
			}
			if len(running) > 0 {
				e.Cancel(running[r.IntN(len(running))])
				s.tally.answer("cancel", nil)
			}
			return 0
		}},
		{kind: "write", weight: 10, ask: s.write},
		{kind: "look", weight: 3, ask: func(ctx context.Context, e *Engine, r *rand.Rand) (any, error) { return e.Details(ctx, either(r)) }},
		{kind: "open", weight: 3, ask: func(ctx context.Context, e *Engine, r *rand.Rand) (any, error) { return e.OpenURL(ctx, either(r)) }},
		{kind: "browse", weight: 2, ask: func(ctx context.Context, e *Engine, r *rand.Rand) (any, error) {
			return e.Browse(ctx, either(r), agent.Projects, "")
		}},
		{kind: "list volumes", weight: 2, ask: func(ctx context.Context, e *Engine, _ *rand.Rand) (any, error) { return e.Volumes(ctx) }},
		{kind: "report", weight: 1, ask: func(ctx context.Context, e *Engine, _ *rand.Rand) (any, error) { return e.Diagnose(ctx), nil }},
	}
}

// rollback does something with one of a sandbox's rollback points.
func (s *soak) rollback(choose func(*rand.Rand) string, do func(*Engine, string, string) task.ID) func(*Engine, *rand.Rand) task.ID {
	return func(e *Engine, r *rand.Rand) task.ID {
		name, pick := choose(r), r.Uint64()
		ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
		defer cancel()
		all, err := e.Points(ctx, name)
		if err != nil || len(all) == 0 {
			return 0
		}
		return do(e, name, all[pick%uint64(len(all))].ID)
	}
}

func (s *soak) removeSmall(e *Engine, r *rand.Rand) task.ID {
	ref := fmt.Sprintf("%s:%d", s.small, r.IntN(soakSmall))
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	all, err := e.Images(ctx)
	if err != nil {
		return 0
	}
	for _, i := range all {
		for _, has := range i.References {
			if has == ref {
				return e.RemoveImage(i)
			}
		}
	}
	return 0
}

// write makes a session in the first sandbox; one that opencode acknowledged must never be lost.
func (s *soak) write(ctx context.Context, e *Engine, _ *rand.Rand) (any, error) {
	cli, err := e.daemon(ctx, "write")
	if err != nil {
		return nil, err
	}
	c, err := e.clientOf(ctx, cli, s.names[0])
	if err != nil {
		return nil, err
	}
	var session struct{ ID string }
	if err := c.Request(ctx, http.MethodPost, "/session"+inWorkspace, map[string]any{"title": "written"}, &session); err != nil {
		return nil, fault.From("write", err)
	}
	s.tally.acknowledged(session.ID)
	return nil, nil
}

// publish lets the tag that the sandboxes follow name another image, as whoever releases one does.
func (s *soak) publish(variant int) {
	base := "http://" + strings.Replace(s.direct, "/", "/v2/", 1) + "/manifests/"
	const types = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	send := func(method, tag, contentType string, body []byte) (string, []byte, error) {
		req, err := http.NewRequestWithContext(s.t.Context(), method, base+tag, bytes.NewReader(body))
		if err != nil {
			return "", nil, err
		}
		req.Header.Set("Accept", types)
		req.Header.Set("Content-Type", contentType)
		res, err := client.Do(req)
		if err != nil {
			return "", nil, err
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode >= 300 {
			err = fmt.Errorf("%s: %s", res.Status, text)
		}
		return res.Header.Get("Content-Type"), text, err
	}
	contentType, manifest, err := send(http.MethodGet, fmt.Sprint(variant), "", nil)
	if err == nil {
		_, _, err = send(http.MethodPut, "now", contentType, manifest)
	}
	if err != nil {
		s.t.Errorf("the registry does not take another image: %v", err)
	}
}

// work gives one command after another, and waits for the end of each.
func (s *soak) work(ctx context.Context, r *rand.Rand) {
	all := s.commands()
	sum := 0
	for _, c := range all {
		sum += c.weight
	}
	for ctx.Err() == nil {
		n := r.IntN(sum)
		i := 0
		for ; n >= all[i].weight; i++ {
			n -= all[i].weight
		}
		s.give(all[i], r)
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(r.IntN(1000)) * time.Millisecond): // a person's pause
		}
	}
}

func (s *soak) give(c soakCommand, r *rand.Rand) {
	e, asking := s.now()
	if c.ask != nil {
		limited, cancel := context.WithTimeout(asking, 30*time.Second)
		defer cancel()
		answered := make(chan error, 1)
		go func() {
			_, err := c.ask(limited, e, r)
			answered <- err
		}()
		select {
		case err := <-answered:
			s.tally.answer(c.kind, err)
			if err != nil {
				s.log.Info("soak: no answer", "command", c.kind, "kind", fault.KindOf(err), "err", err)
			}
		case <-time.After(soakHang):
			s.t.Errorf("%s does not heed its context:\n%s", c.kind, stacks())
		}
		return
	}
	id := c.give(e, r)
	if id == 0 {
		return
	}
	one := e.tasks.Find(id)
	if one == nil {
		s.t.Errorf("%s has no task", c.kind)
		return
	}
	select {
	case <-one.Done():
	case <-time.After(soakHang):
		s.t.Errorf("%s hangs: %+v\n%s", c.kind, one.View(), stacks())
		one.Cancel()
		<-one.Done()
	}
	v := one.View()
	s.tally.task(c.kind, v)
	var why *fault.Error
	switch {
	case v.State != task.Failed:
	case !errors.As(v.Err, &why) || why.Cause() == "":
		s.t.Errorf("%s failed with %v, which is no fault that says why", v.Title, v.Err)
	}
	if v.State == task.Failed {
		s.log.Info("soak: failed", "command", c.kind, "title", v.Title, "kind", fault.KindOf(v.Err), "err", v.Err)
	}
}

// stacks are those of all goroutines.
func stacks() string {
	text := make([]byte, 8<<20)
	return string(text[:runtime.Stack(text, true)])
}
