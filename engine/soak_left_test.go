package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/backup"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

// keptBy is the name that a rollback point keeps its image by.
func keptBy(p sandbox.Point) string { return sandbox.KeptImages + ":" + p.Sandbox + "-" + p.ID }

// pointsAreWhole looks that every rollback point can be gone back to: the volume of each of its roles is there, and its image.
func (s *soak) pointsAreWhole() {
	s.t.Helper()
	all, err := sandbox.Points(s.t.Context(), s.of.Client, "")
	if err != nil {
		s.t.Fatal(err)
	}
	there := s.volumes()
	for _, p := range all {
		if len(p.Roles) == 0 {
			s.t.Errorf("the rollback point %s of %s holds nothing", p.ID, p.Sandbox)
		}
		for _, role := range p.Roles {
			if !slices.Contains(there, p.Volume(role)) {
				s.t.Errorf("the volume %s of a rollback point is lost", p.Volume(role))
			}
		}
		if image, err := s.of.Client.ImageInspect(s.t.Context(), keptBy(p)); err != nil || image.ID != p.ImageID {
			s.t.Errorf("the image %s of the rollback point %s of %s is lost: %s is %s, %v", p.ImageID, p.ID, p.Sandbox, keptBy(p), image.ID, err)
		}
	}
	s.tally.compared("rollback points with all their volumes, and their image: %d", len(all))
}

// beyondThese are the volumes, networks and kept images that belong neither to one of the sandboxes nor to one of their points.
func (s *soak) beyondThese() (left []string) {
	ctx, cli := s.t.Context(), s.of.Client
	points, err := sandbox.Points(ctx, cli, "")
	if err != nil {
		return []string{err.Error()}
	}
	volumes, images, networks := map[string]bool{}, map[string]bool{}, map[string]bool{"bridge": true, "host": true, "none": true}
	ids := map[string]bool{}
	for _, name := range s.names {
		networks[sandbox.ContainerName(name)] = true
		images[sandbox.KeptImages+":"+name+"-was"] = true // while its container is made of an image that has no other name
		for _, role := range agent.Roles {
			volumes[volume.Name(role, name)] = true
		}
	}
	for _, p := range points {
		if !slices.Contains(s.names, p.Sandbox) {
			left = append(left, fmt.Sprintf("the rollback point %s of %s", p.ID, p.Sandbox))
		}
		ids[p.ID], images[keptBy(p)] = true, true
		for _, role := range p.Roles {
			volumes[p.Volume(role)] = true
		}
	}
	haveVolumes, err := cli.VolumeList(ctx, dockervolume.ListOptions{})
	if err != nil {
		return []string{err.Error()}
	}
	for _, v := range haveVolumes.Volumes {
		record := v.Labels[sandbox.LabelMark] == "point" && ids[v.Labels[sandbox.LabelPoint]]
		if !volumes[v.Name] && !record {
			left = append(left, fmt.Sprintf("volume %s %v", v.Name, v.Labels))
		}
	}
	haveNetworks, err := cli.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return []string{err.Error()}
	}
	for _, n := range haveNetworks {
		if !networks[n.Name] {
			left = append(left, fmt.Sprintf("network %s %v", n.Name, n.Labels))
		}
	}
	haveImages, err := cli.ImageList(ctx, dockerimage.ListOptions{})
	if err != nil {
		return []string{err.Error()}
	}
	for _, i := range haveImages {
		for _, tag := range i.RepoTags {
			if strings.Contains(tag, sandbox.KeptImages+":") && !images[tag] {
				left = append(left, "image "+tag)
			}
		}
	}
	return left
}

// nothingBeside looks that the engine and the disk have nothing that no sandbox needs.
func (s *soak) nothingBeside() {
	s.t.Helper()
	left := until(2*time.Minute, func() []string {
		left := s.beyondThese()
		list, err := s.of.Client.ContainerList(s.t.Context(), container.ListOptions{All: true})
		if err != nil {
			return []string{err.Error()}
		}
		for _, c := range list {
			name := c.Labels[sandbox.LabelName]
			if !slices.Contains(s.names, name) || c.Names[0] != "/"+sandbox.ContainerName(name) {
				left = append(left, fmt.Sprintf("container %s %v", c.Names[0], c.Labels))
			}
		}
		return left
	})
	files, err := os.ReadDir(filepath.Join(s.dir, "backups"))
	if err != nil && !os.IsNotExist(err) {
		s.t.Error(err)
	}
	for _, f := range files {
		path := filepath.Join(s.dir, "backups", f.Name())
		if filepath.Ext(path) != ".berth" {
			left = append(left, "file "+f.Name())
			continue
		}
		if _, err := backup.Verify(s.t.Context(), path, nil); err != nil {
			s.t.Errorf("the backup %s: %v", f.Name(), err)
		}
	}
	for _, one := range left {
		s.t.Errorf("left behind: %s", one)
	}
	s.tally.compared("backups that are whole: %d; containers, volumes, networks, kept images and files left beside: %d", len(files), len(left))
}
