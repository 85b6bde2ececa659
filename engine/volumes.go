package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Volume is one volume of Berth's as the window shows it.
type Volume struct {
	Name       string
	Sandbox    string
	Role       agent.Role
	Point      string // id of the rollback point it belongs to; "" for one that is in use
	Created    time.Time
	UsedBy     []string // containers that mount it
	Orphan     bool     // its sandbox has no container
	Size       int64    // bytes; meaningless until Measured
	Files      int64
	Measured   time.Time // when Size was counted; zero when never
	LastBackup time.Time // of its sandbox; zero when there is none in the folder of the settings
	// Was is what its sandbox was when its container was removed; nil where that is not known, or it has one.
	Was *sandbox.Spec
}

// measuredSize is how much a volume held at one time.
type measuredSize struct {
	volume.Size
	at time.Time
}

// Volumes lists Berth's volumes, those of rollback points among them, by sandbox and role. It waits for the engine, but
// computes no sizes: those are as of the last Measure.
func (e *Engine) Volumes(ctx context.Context) ([]Volume, error) {
	ctx = e.bind(ctx)
	cli, err := e.daemon(ctx, "list volumes")
	if err != nil {
		return nil, err
	}
	listed, err := volume.List(ctx, cli)
	if err != nil {
		return nil, err
	}
	backups := map[string]time.Time{}
	for _, b := range slices.Backward(e.Backups("")) {
		if e.ofHere(ctx, b) {
			backups[b.Sandbox] = b.At
		}
	}
	alive := map[string]bool{}
	for _, c := range e.watcher.Containers() {
		if c.Sandbox {
			alive[c.Labels[sandbox.LabelName]] = true
		}
	}
	was, sessions := map[string]*sandbox.Spec{}, map[string]bool{}
	for _, l := range listed {
		if kept, known := sandbox.KeptOf(l.Labels, l.Sandbox); known {
			was[l.Sandbox] = &kept.Spec
		}
		if l.Name == volume.Name(agent.Session, l.Sandbox) {
			sessions[l.Sandbox] = true
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []Volume
	for _, l := range listed {
		if l.Labels[sandbox.LabelMark] != "" {
			continue // it holds nothing
		}
		v := Volume{
			Name: l.Name, Sandbox: l.Sandbox, Role: l.Role, Point: l.Labels[sandbox.LabelPoint], Created: l.Created,
			UsedBy: l.UsedBy, LastBackup: backups[l.Sandbox], Orphan: !alive[l.Sandbox],
		}
		if size, ok := e.sizes[l.Name]; ok {
			v.Size, v.Files, v.Measured = size.Bytes, size.Files, size.at
		}
		if v.Orphan && sessions[v.Sandbox] {
			v.Was = was[v.Sandbox]
		}
		all = append(all, v)
	}
	return all, nil
}

// Measure counts what the volumes hold, in the background. It reads every folder in them.
func (e *Engine) Measure() task.ID {
	const title = "Measuring volumes"
	on := e.newBound()
	t := e.beginOn(on, task.Options{Kind: task.Measure, Title: title, Key: onEngine(on, "measure")}, func(ctx context.Context, t *task.Task) error {
		cli, err := e.daemon(ctx, title)
		if err != nil {
			return err
		}
		all, err := e.Volumes(ctx)
		if err != nil {
			return err
		}
		with, err := e.copier(ctx, cli, nil)
		if err != nil {
			return err
		}
		var names []string
		for _, v := range all {
			names = append(names, v.Name)
		}
		sizes, err := with.Measure(ctx, names...)
		if err != nil {
			return err
		}
		e.remeasured(ctx, sizes)
		var sum int64
		for _, s := range sizes {
			sum += s.Bytes
		}
		t.Say(fmt.Sprintf("%d volumes hold %s", len(sizes), sizeText(sum)))
		return nil
	})
	e.latest.remember(t.ID(), e.Measure)
	return t.ID()
}

// remeasured keeps what was counted, while that engine is in use.
func (e *Engine) remeasured(ctx context.Context, sizes map[string]volume.Size) {
	if !e.here(boundOf(ctx)) {
		return
	}
	now := time.Now()
	e.mu.Lock()
	for name, size := range sizes {
		e.sizes[name] = measuredSize{size, now}
	}
	e.mu.Unlock()
	e.volumes.Add(1)
	e.touch()
}

// Data is what would be gone with a sandbox's volumes.
type Data struct {
	Volumes     []Volume // measured
	Files       int64
	Bytes       int64
	Sessions    []agent.Conversation
	SessionsErr error // why they are not known; NotRunning while it does not run
	Points      int
	LastBackup  time.Time
}

// DataOf looks what a sandbox's volumes hold. It waits for the engine to count it.
func (e *Engine) DataOf(ctx context.Context, name string) (Data, error) {
	ctx = e.bind(ctx)
	cli, err := e.daemon(ctx, "look what "+name+" holds")
	if err != nil {
		return Data{}, err
	}
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return Data{}, err
	}
	var d Data
	if with, err := e.copier(ctx, cli, found); err == nil { // without an image nothing can be counted
		if _, _, err := e.measured(ctx, cli, with, name, agent.Roles); err != nil {
			return d, err
		}
	}
	all, err := e.Volumes(ctx)
	if err != nil {
		return d, err
	}
	points := map[string]bool{}
	for _, v := range all {
		switch {
		case v.Sandbox != name:
		case v.Point != "":
			points[v.Point] = true
		default:
			d.Volumes = append(d.Volumes, v)
			d.Files += v.Files
			d.Bytes += v.Size
			d.LastBackup = v.LastBackup
		}
	}
	d.Points = len(points)
	d.SessionsErr = fault.New(fault.NotRunning, "count the sessions", "they are counted while the sandbox runs")
	if found != nil && found.Inspect.State.Running {
		knows, err := knowsOf(found)
		if err == nil && found.Address(knows) != "" {
			d.Sessions, d.SessionsErr = e.client(ctx, found, knows).Sessions(ctx)
		}
	}
	return d, nil
}

// DeleteData deletes a sandbox with all that is in it: container, volumes, rollback points, password, kept keys. It cannot be undone but
// from a backup. Once begun it is carried through, by the next connect if need be.
func (e *Engine) DeleteData(name string) task.ID {
	return e.onDaemon(task.Delete, name, "Deleting the data of "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		if err := sandbox.Delete(ctx, cli, t, name); err != nil {
			return err
		}
		e.forgetSecrets(context.WithoutCancel(ctx), name)
		if e.here(boundOf(ctx)) {
			e.forget(name)
		}
		t.Say("deleted")
		return nil
	})
}

// forget drops what is remembered of a sandbox that is gone for good.
func (e *Engine) forget(name string) {
	e.mu.Lock()
	maps.DeleteFunc(e.sizes, func(v string, _ measuredSize) bool { return belongs(v, name) })
	delete(e.history, name)
	e.mu.Unlock()
	e.follows.forget(name)
}

// belongs reports whether a volume is a sandbox's by its name, in use or of a rollback point.
func belongs(v, name string) bool {
	return slices.ContainsFunc(agent.Roles, func(role agent.Role) bool {
		own := volume.Name(role, name)
		return v == own || strings.HasPrefix(v, own+".") // no sandbox's name has a dot
	})
}
