package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// A rollback point is what a sandbox was at one moment: copies of its volumes, its spec, and its image under a name of its
// own, so that no clean-up of images takes it. Each point stands for itself; none needs another one.
//
// It is complete when its record exists, an empty volume whose labels say all of it: labels are written once and at once,
// so a death at any moment leaves a whole point or none. What belongs to no record is swept away.

// The labels of points.
const (
	LabelPoint   = "app.berth.point"   // on volumes: the point they belong to; on a container: the point that undoes its change
	LabelMark    = "app.berth.mark"    // what a volume stands for that holds nothing: one of the marks: markPoint, markFilling, markDeleting, markSpec
	LabelReason  = "app.berth.reason"  // why the point was made
	LabelImage   = "app.berth.image"   // reference of the image
	LabelImageID = "app.berth.imageid" // its id on the engine
	LabelRoles   = "app.berth.roles"   // the roles it holds, with commas

	markPoint   = "point"
	markFilling = "filling"
)

// KeptImages is the repository under whose tags the images of points are kept.
const KeptImages = "berth/kept"

// Point is a rollback point.
type Point struct {
	ID      string // when it was made: "20261125-071500-123", UTC
	Sandbox string
	Reason  string // "update", "restore", "rollback"
	Created time.Time
	Spec    Spec
	Image   string // reference the sandbox was made of
	ImageID string
	Version string // of opencode; "" when the image does not tell
	Roles   []agent.Role
}

const pointStamp = "20060102-150405.000"

// NewPoint is a point to be made now. Its id sorts behind those that are there, also when this computer's clock is behind.
func NewPoint(ctx context.Context, cli *client.Client, sandbox, reason string, roles []agent.Role) (*Point, error) {
	there, err := Points(ctx, cli, sandbox)
	if err != nil {
		return nil, err
	}
	at := time.Now()
	if len(there) > 0 && !at.After(there[0].Created) {
		at = there[0].Created.Add(time.Millisecond)
	}
	return &Point{ID: pointID(at), Sandbox: sandbox, Reason: reason, Roles: roles}, nil
}

func pointID(at time.Time) string {
	return strings.ReplaceAll(at.UTC().Format(pointStamp), ".", "-")
}

func pointTime(id string) time.Time {
	if i := strings.LastIndexByte(id, '-'); i > 0 {
		id = id[:i] + "." + id[i+1:]
	}
	at, _ := time.Parse(pointStamp, id) // an id of another sort has no time
	return at
}

func (p Point) record() string { return "berth-point-" + p.Sandbox + "." + p.ID }
func (p Point) kept() string   { return KeptImages + ":" + p.Sandbox + "-" + p.ID }

// Volume is the volume that holds the copy of a role.
func (p Point) Volume(role agent.Role) string { return volume.Name(role, p.Sandbox) + "." + p.ID }

// Points lists the complete points of a sandbox, or of all when it is "", the newest first.
func Points(ctx context.Context, cli *client.Client, sandbox string) ([]Point, error) {
	args := filters.NewArgs(filters.Arg("label", LabelMark+"="+markPoint))
	if sandbox != "" {
		args.Add("label", LabelName+"="+sandbox)
	}
	list, err := cli.VolumeList(ctx, dockervolume.ListOptions{Filters: args})
	if err != nil {
		return nil, fault.From("list rollback points", err)
	}
	var points []Point
	for _, v := range list.Volumes {
		if v.Labels[LabelMark] != markPoint { // an engine that does not filter
			continue
		}
		if p, ok := pointOf(v.Labels); ok && (sandbox == "" || p.Sandbox == sandbox) {
			points = append(points, p)
		}
	}
	slices.SortFunc(points, func(a, b Point) int { return strings.Compare(b.ID, a.ID) })
	return points, nil
}

func pointOf(labels map[string]string) (Point, bool) {
	spec, err := SpecOf(labels)
	p := Point{
		ID: labels[LabelPoint], Sandbox: labels[LabelName], Reason: labels[LabelReason], Spec: spec,
		Image: labels[LabelImage], ImageID: labels[LabelImageID], Version: labels[LabelVersion], Created: pointTime(labels[LabelPoint]),
	}
	for _, r := range strings.Split(labels[LabelRoles], ",") {
		if slices.Contains(agent.Roles, agent.Role(r)) {
			p.Roles = append(p.Roles, agent.Role(r))
		}
	}
	return p, err == nil && p.ID != "" && p.Sandbox != ""
}

// MakePoint copies those roles of a sandbox that stands still into a new point. Told may be nil; files is -1 when a role is done.
func MakePoint(ctx context.Context, cli *client.Client, with *volume.Copier, of *Found, p Point, told func(role agent.Role, files int64)) error {
	op := "make a rollback point of " + p.Sandbox
	if told == nil {
		told = func(agent.Role, int64) {}
	}
	for _, role := range p.Roles {
		told(role, 0)
		_, err := cli.VolumeCreate(ctx, dockervolume.CreateOptions{Name: p.Volume(role), Labels: map[string]string{
			LabelName: p.Sandbox, LabelPoint: p.ID, volume.LabelRole: string(role), LabelSchema: Schema,
		}})
		if err != nil {
			return fault.From(op, err)
		}
		watch := volume.Watch{For: p.Sandbox, Files: func(n int64) { told(role, n) }}
		if err := with.Copy(ctx, volume.Name(role, p.Sandbox), p.Volume(role), watch); err != nil {
			return err
		}
		told(role, -1)
	}
	if err := cli.ImageTag(ctx, of.Inspect.Image, p.kept()); err != nil {
		return fault.From(op, err)
	}
	labels, err := Labels(of.Spec)
	if err != nil {
		return fault.From(op, err)
	}
	var roles []string
	for _, r := range p.Roles {
		roles = append(roles, string(r))
	}
	labels[LabelMark], labels[LabelPoint], labels[LabelReason] = markPoint, p.ID, p.Reason
	labels[LabelImage], labels[LabelImageID] = of.Inspect.Config.Image, of.Inspect.Image
	labels[LabelVersion], labels[LabelRoles] = of.Inspect.Config.Labels[LabelVersion], strings.Join(roles, ",")
	if _, err := cli.VolumeCreate(ctx, dockervolume.CreateOptions{Name: p.record(), Labels: labels}); err != nil {
		return fault.From(op, err)
	}
	return nil
}

// pointSteps tells a task how far a point is.
func pointSteps(t *task.Task, sandbox string) func(agent.Role, int64) {
	return func(role agent.Role, files int64) {
		step := t.Step("point/"+string(role), "Keep "+volume.Name(role, sandbox)).Weigh(1)
		switch {
		case files < 0:
			step.Done("copied")
		case files == 0:
			step.Begin("copying")
		default:
			step.Begin(fmt.Sprintf("%d files", files))
		}
	}
}

// PutBack makes a sandbox's volumes hold again what a point holds. It can be done again after it was interrupted.
func PutBack(ctx context.Context, with *volume.Copier, p Point, told func(role agent.Role, files int64)) error {
	for _, role := range p.Roles {
		watch := volume.Watch{For: p.Sandbox}
		if told != nil {
			watch.Files = func(n int64) { told(role, n) }
		}
		if err := with.Copy(ctx, p.Volume(role), volume.Name(role, p.Sandbox), watch); err != nil {
			return err
		}
	}
	return nil
}

// RemovePoint removes a point: its record first, so that what a death leaves is no point any more.
func RemovePoint(ctx context.Context, cli *client.Client, p Point) error {
	op := "remove a rollback point of " + p.Sandbox
	if err := removeVolume(ctx, cli, p.record()); err != nil {
		return fault.From(op, err)
	}
	return dropPoint(ctx, cli, p)
}

// dropPoint removes what belongs to a point without a record; the volumes last, for by them it is found again.
func dropPoint(ctx context.Context, cli *client.Client, p Point) error {
	op := "remove a rollback point of " + p.Sandbox
	if err := dropImage(ctx, cli, p.kept()); err != nil {
		return fault.From(op, err)
	}
	for _, role := range agent.Roles {
		if err := removeVolume(ctx, cli, p.Volume(role)); err != nil {
			return fault.From(op, err)
		}
	}
	return nil
}

// dropImage takes the name of a point off its image, and with the last name the image. A container that is made of it keeps
// both; the next sweep tries again.
func dropImage(ctx context.Context, cli *client.Client, kept string) error {
	_, err := cli.ImageRemove(ctx, kept, dockerimage.RemoveOptions{PruneChildren: true})
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
		return nil
	}
	return err
}

// helperPatience is how long a removal waits for helpers: one may just be measuring the volume.
const helperPatience = 30 * time.Second

// removeVolume removes a volume; one that is gone already is fine. It waits for helpers that look at it just now.
func removeVolume(ctx context.Context, cli *client.Client, name string) error {
	deadline := time.NewTimer(helperPatience)
	defer deadline.Stop()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := cli.VolumeRemove(ctx, name, false)
		switch {
		case errdefs.IsNotFound(err):
			return nil
		case !errdefs.IsConflict(err):
			return err
		}
		users, look := volume.UsedBy(ctx, cli, name)
		if look != nil || slices.ContainsFunc(users, func(u volume.User) bool { return !u.Helper }) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-deadline.C:
			return err
		case <-tick.C:
		}
	}
}

// PrunePoints removes the oldest points of a sandbox beyond keep.
func PrunePoints(ctx context.Context, cli *client.Client, sandbox string, keep int) error {
	points, err := Points(ctx, cli, sandbox)
	if err != nil {
		return err
	}
	for _, p := range points[min(keep, len(points)):] {
		if err := RemovePoint(ctx, cli, p); err != nil {
			return err
		}
	}
	return nil
}

// findPoint gives the complete point of that id; nil when there is none.
func findPoint(ctx context.Context, cli *client.Client, sandbox, id string) (*Point, error) {
	v, err := cli.VolumeInspect(ctx, Point{ID: id, Sandbox: sandbox}.record())
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.From("look for a rollback point of "+sandbox, err)
	}
	p, ok := pointOf(v.Labels)
	if !ok {
		return nil, fault.New(fault.BadInput, "read a rollback point of "+sandbox, "its labels are damaged")
	}
	return &p, nil
}

// FindPoint gives the point of that id, which must be there.
func FindPoint(ctx context.Context, cli *client.Client, sandbox, id string) (*Point, error) {
	p, err := findPoint(ctx, cli, sandbox, id)
	if err == nil && p == nil {
		err = fault.New(fault.NotFound, "look for a rollback point of "+sandbox, "it is gone")
	}
	return p, err
}

// stock is what is listed before it is asked who is at work, so that nothing in it can belong to somebody who begins after.
type stock struct {
	images  []dockerimage.Summary
	volumes []*dockervolume.Volume
}

func takeStock(ctx context.Context, cli *client.Client) (stock, error) {
	const op = "look for what was left half done"
	// Images first: what a point's image is kept by comes after its volumes.
	images, err := cli.ImageList(ctx, dockerimage.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", KeptImages))})
	if err != nil {
		return stock{}, fault.From(op, err)
	}
	list, err := cli.VolumeList(ctx, dockervolume.ListOptions{Filters: filters.NewArgs(filters.Arg("label", LabelName))})
	if err != nil {
		return stock{}, fault.From(op, err)
	}
	return stock{images: images, volumes: list.Volumes}, nil
}

// marks are the volumes that are marks of that sort.
func (s stock) marks(mark string) (all []*dockervolume.Volume) {
	for _, v := range s.volumes {
		if v.Labels[LabelName] != "" && v.Labels[LabelMark] == mark {
			all = append(all, v)
		}
	}
	return all
}

// marked are the sandboxes with a mark of that sort.
func (s stock) marked(mark string) (names []string) {
	for _, v := range s.marks(mark) {
		names = append(names, v.Labels[LabelName])
	}
	return names
}

// sweepPoints removes what belongs to no complete point, nor to one of a change that is under way.
func sweepPoints(ctx context.Context, cli *client.Client, s stock, underWay func(sandbox string) bool) (failed error) {
	kept := map[string]bool{}
	for _, v := range s.volumes {
		name, id := v.Labels[LabelName], v.Labels[LabelPoint]
		if KeepsSpec(v.Labels, name) {
			kept[keptWas(name)] = true
		}
		if id == "" {
			continue
		}
		kept[Point{ID: id, Sandbox: name}.kept()] = true
		if underWay(name) {
			continue
		}
		if whole, err := findPoint(ctx, cli, name, id); err != nil || whole != nil {
			continue // a damaged one is a person's to remove
		}
		failed = errors.Join(failed, dropPoint(ctx, cli, Point{ID: id, Sandbox: name}))
	}
	for _, i := range s.images {
		for _, tag := range i.RepoTags {
			// The name of a sandbox without a container is used again, so the stock does not say all of it.
			if at := strings.Index(tag, KeptImages+":"); at >= 0 && !kept[tag[at:]] && !keepsImage(ctx, cli, tag[at:]) {
				if err := dropImage(ctx, cli, tag); err != nil {
					failed = errors.Join(failed, fault.From("let go of "+tag, err))
				}
			}
		}
	}
	return failed
}
