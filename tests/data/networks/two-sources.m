function mpc = two_sources
% Two reference buses, a transformer with a tap, a generator, an isolated bus.
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
	1	3	0	0	0	0	1	1.02	0	20	1	1.1	0.9;
	2	1	4.5	1.2	0	0	1	1	0	0.4	1	1.1	0.9;
	3	2	0.5	0.1	0	0	1	1	0	0.4	1	1.1	0.9;
	7	3	0	0	0	0	1	1	0	20	1	1	1;
	8	1	1e-1	0.05	0	0	1	1	0	20	1	1.06	0.94;
	9	4	3	1	0	0	1	1	0	20	1	1.06	0.94;
];
mpc.gen = [
	1	0	0	Inf	-Inf	1.02	100	1	250	10;
	3	0.2	0	30	-30	1	100	1	250	10;
	7	0	0	30	-30	1	100	1	250	10;
];
mpc.branch = [
	1	2	0.01	0.085	0.176	25	25	25	0.978	0	1	-360	360;
	2	3	0.017	0.092	0.158	2*5	0	0	0	0	1	-360	360;
	7	8	0.039	0.17	0.358	0	0	0	0	0	1	-360	360;
];
mpc.bus_name = {'one'; 'two'; 'it''s three'; 'seven'; 'eight'; 'nine'};
mpc.gencost = [
	2	1500	0	3	0.11	5	150;
];
pf = cos(acos(0.9));
mpc.bus(:, QD) = mpc.bus(:, QD) .* (pf / 0.9);
