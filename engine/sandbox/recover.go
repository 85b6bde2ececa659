package sandbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/volume"
)

// Recovery is what Recover did and what it leaves to others.
type Recovery struct {
	Notes   []string // what it did, as sentences
	Pending []string // sandboxes whose new container runs beside the old one: Settle or TakeBack them
	Leases  []string // ids of the containers by which other Berths hold sandboxes; once one has ended, Recover may find more to do
}

// Recover finishes or takes back what a Berth that was killed left half done, from names, labels and states alone. Of a
// change whose new container never ran, or runs no longer, the old container comes back, as it was, with its data. What busy
// says is being worked on is left alone, and what another Berth of the same engine holds.
func Recover(ctx context.Context, cli *client.Client, here func(sandbox string) bool) (Recovery, error) {
	var did Recovery
	s, err := takeStock(ctx, cli)
	if err != nil {
		return did, err
	}
	list, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return did, fault.From("finish what was left half done", err)
	}
	leased := volume.Leased(list)
	busy := func(name string) bool {
		if here(name) {
			return true
		}
		id, held := leased[name]
		if held && !slices.Contains(did.Leases, id) {
			did.Leases = append(did.Leases, id)
		}
		return held
	}
	moves := moving(list, busy)
	helpers := slices.DeleteFunc(slices.Clone(list), func(c container.Summary) bool { return busy(c.Labels[volume.LabelHelper]) })
	unpaused, err := volume.Sweep(ctx, cli, helpers)
	for _, name := range unpaused {
		did.Notes = append(did.Notes, strings.TrimPrefix(name, namePrefix)+": a backup was interrupted while it was paused, so it goes on.")
	}
	failed := err // of one helper or sandbox; the others are seen to all the same
	byName := map[string]*container.Summary{}
	for i := range list {
		for _, n := range list[i].Names {
			byName[strings.TrimPrefix(n, "/")] = &list[i]
		}
	}
	failed = errors.Join(failed, recoverMoves(ctx, cli, byName, busy))
	did.Notes = append(did.Notes, movesTold(ctx, cli, moves)...)
	for _, c := range list {
		name := c.Labels[LabelName]
		aside := len(c.Names) > 0 && name != "" && c.Names[0] == "/"+setAsideName(name)
		switch {
		case !aside, busy(name):
		case runs(byName[ContainerName(name)]):
			did.Pending = append(did.Pending, name)
		default:
			note, err := TakeBackAlone(ctx, cli, name)
			if errors.Is(err, volume.ErrHeld) {
				err = nil // another Berth does it
			}
			if note != "" {
				did.Notes = append(did.Notes, note)
			}
			failed = errors.Join(failed, err)
		}
	}
	dropped, err := recoverStandIns(ctx, cli, list, busy)
	for _, name := range dropped {
		did.Notes = append(did.Notes, TakenBack(name, true, false))
	}
	failed = errors.Join(failed, err)
	deleted, err := recoverDeletes(ctx, cli, s, busy)
	for _, name := range deleted {
		did.Notes = append(did.Notes, name+": deleting its data was interrupted, so it was carried through.")
	}
	failed = errors.Join(failed, err)
	filled, err := recoverFills(ctx, cli, s, busy)
	did.Notes = append(did.Notes, filled...)
	failed = errors.Join(failed, err, sweepSpecs(ctx, cli, s, busy))
	return did, errors.Join(failed, sweepPoints(ctx, cli, s, func(name string) bool {
		return busy(name) || slices.Contains(did.Pending, name) || Unfinished(ctx, cli, name)
	}))
}

// Unfinished reports whether a change of a sandbox is neither settled nor taken back, or that this cannot be seen.
func Unfinished(ctx context.Context, cli *client.Client, name string) bool {
	old, err := setAside(ctx, cli, name)
	return err != nil || old != nil
}

// TakeBackAlone takes a change back that nobody is at, and says what it did; "" when there was none any more. What the new container
// made of the data, if it ever ran, is kept as a point of its own: somebody may have worked in it for days. It fails with
// volume.ErrHeld while another Berth is at work on the sandbox.
func TakeBackAlone(ctx context.Context, cli *client.Client, name string) (note string, err error) {
	old, err := setAside(ctx, cli, name)
	if err != nil || old == nil {
		return "", err
	}
	ctx, release, err := volume.Hold(ctx, cli, old.Image, name)
	if err != nil {
		return "", err
	}
	defer release()
	if err := endMove(ctx, cli, name); err != nil {
		return "", err
	}
	if old, err = setAside(ctx, cli, name); err != nil || old == nil { // another Berth has done it meanwhile
		return "", err
	}
	alone := OldStandsIn(ctx, cli, name)
	back, err := TakeBackKeeping(ctx, cli, name, old.Image)
	switch {
	case err != nil:
		return "", err
	case back.Accepted:
		return CarriedThrough(name), nil
	}
	return TakenBack(name, alone, back.Kept), nil
}

// CarriedThrough says of a sandbox whose change was interrupted that it was ended.
func CarriedThrough(name string) string {
	return name + ": a change was interrupted when it was almost done, so it was carried through."
}

// TakeBackKeeping is TakeBack for a change that somebody may have worked with since: what its container made of the data, if it
// ever ran, is kept as a point of its own, made by helpers of that image. The sandbox must be held by a lease.
func TakeBackKeeping(ctx context.Context, cli *client.Client, name, image string) (Back, error) {
	kept := false
	if done, err := accepted(ctx, cli, name); err != nil || done {
		return carryOn(ctx, cli, name, false, err)
	}
	current, err := Find(ctx, cli, name)
	if err != nil {
		return Back{}, err
	}
	if current != nil && mayHaveRun(current) {
		undo, err := findPoint(ctx, cli, name, changeOf(current.Inspect.Config.Labels).undo)
		if err != nil {
			return Back{}, err
		}
		if undo != nil {
			if err := rest(ctx, cli, current.ID, name); err != nil { // its database must be whole
				return Back{}, err
			}
			if err := keepWhatCame(ctx, cli, current, image, *undo); err != nil {
				return Back{}, err
			}
			kept = true
		}
	}
	did, err := TakeBack(ctx, cli, name, Undo{})
	did.Kept = kept
	return did, err
}

// mayHaveRun reports whether a container of a change that touches the data ever ran, at this port or at the one before.
func mayHaveRun(f *Found) bool {
	labels := f.Inspect.Config.Labels
	return changeOf(labels).undo != "" && (!moment(f.Inspect.State.StartedAt).IsZero() || labels[labelTakes] != "")
}

// keepWhatCame keeps what a change made of the data as a point of its own, which follows the one that undoes the change: where the
// taking back fails and is tried again, it is the same.
func keepWhatCame(ctx context.Context, cli *client.Client, current *Found, image string, undo Point) error {
	p := Point{ID: pointID(undo.Created.Add(time.Millisecond)), Sandbox: current.Spec.Name, Reason: "recovery", Roles: undo.Roles}
	record, err := cli.VolumeInspect(ctx, p.record())
	switch {
	case errdefs.IsNotFound(err):
	case err != nil:
		return fault.From("look for a rollback point of "+p.Sandbox, err)
	case !moment(current.Inspect.State.StartedAt).Truncate(time.Second).After(moment(record.CreatedAt)): // a volume's time has whole seconds
		return nil
	default: // it ran once more since
		later, err := NewPoint(ctx, cli, p.Sandbox, p.Reason, p.Roles)
		if err != nil {
			return err
		}
		p = *later
	}
	with, err := volume.NewCopier(ctx, cli, image)
	if err != nil {
		return err
	}
	return MakePoint(ctx, cli, with, current, p, nil)
}

// moment reads the engine's way to write a time; the zero time when it is none or never was.
func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() < 1970 {
		return time.Time{}
	}
	return at
}

func runs(c *container.Summary) bool { return c != nil && c.State == "running" }
