import 'virtual:mantine.css';
import 'virtual:theme-variables.css';
import './global.css';
