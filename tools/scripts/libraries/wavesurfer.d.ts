// The library's makers publish no types that fit their built file; what the page uses of it is known by its tests.
declare const WaveSurfer: any;
export default WaveSurfer;
